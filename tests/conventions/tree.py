"""What the conventions walk: the files of the project, as git would commit them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is committed or about to be, relative to the project's folder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(Path(name) for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file())


def files(*suffixes: str, under: str = "") -> list[Path]:
    """The project's files with one of these endings, below a folder."""
    return [
        path
        for path in project_files()
        if path.suffix in suffixes and (not under or path.is_relative_to(under)) and "fixtures" not in path.parts
    ]


def text(path: Path) -> str:
    """What a file says."""
    return (ROOT / path).read_text(encoding="utf-8")


def lines_with(paths: list[Path], *needles: str) -> list[str]:
    """Where one of these words stands, as "file:line: what the line says"."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), start=1)
        if any(needle in line for needle in needles)
    ]

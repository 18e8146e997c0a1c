"""The demo's plan documents, moved to a day without touching a comment."""

import re
from datetime import date
from pathlib import Path

from portal.demo.calendar import shift_for
from portal.demo.examples import FOLDER

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_AROUND = re.compile(r"^# demo: around (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
DRAFTS = (
    "accessories-clothing-volume-whole",
)  # the next version of a live program: published in the last step of the walk


def plan_files() -> list[Path]:
    """The committed plan files in the data calendar, live plans first."""
    return sorted((FOLDER / "plans").glob("*.yaml"), key=lambda path: (path.stem in DRAFTS, path.stem))


def moved_plan(text: str, today: date) -> str:
    """The plan text with its `effective` days moved by whole quarters; a plan marked `# demo: around DAY` keeps its
    distance in days to today instead. Comments and all other lines stay as they are."""
    around = _AROUND.search(text)
    shift = shift_for(today)

    def move(match: re.Match[str]) -> str:
        day = date.fromisoformat(match[0])
        moved = today + (day - date.fromisoformat(around[1])) if around else shift.boundary(day)
        return moved.isoformat()

    return "\n".join(_DAY.sub(move, line) if line.startswith("effective:") else line for line in text.split("\n"))


def plan_texts(today: date) -> dict[str, str]:
    """The moved text of every plan file by file stem; the stems in `DRAFTS` are drafts, the others are published."""
    return {path.stem: moved_plan(path.read_text(encoding="utf-8"), today) for path in plan_files()}


def write_plans(folder: Path, today: date) -> list[Path]:
    """Writes the moved plan files into a folder (the walk's last step publishes one of them) and names them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for stem, text in plan_texts(today).items():
        path = folder / f"{stem}.yaml"
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written

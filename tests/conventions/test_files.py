"""Files stay short, finished and free of what belongs elsewhere."""

import json
import re
from pathlib import Path

from tests.conventions.tree import ROOT, files, lines_with, project_files, text

MOST_LINES = 400
MOST_LINES_OF_CONFTEST = 200
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")) + r")\b")
FOREIGN_WORDS = re.compile("|".join(("Cla" + "ude", "Chat" + "GPT", "sub" + "agent")), re.IGNORECASE)
LOCKS = [Path("package-lock.json"), *files(".txt", under="requirements")]


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {str(path): text(path).count("\n") for path in files(".py", ".html", ".css", ".js")}
    assert {name: count for name, count in long.items() if count > MOST_LINES} == {}


def test_the_shared_fixtures_stay_few() -> None:
    long = {str(path): text(path).count("\n") for path in files(".py", under="tests") if path.name == "conftest.py"}
    assert {name: count for name, count in long.items() if count > MOST_LINES_OF_CONFTEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path) for path in files(".py") if text(path).strip() and not text(path).lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_no_module_has_a_name_that_promises_nothing() -> None:
    vague = [str(path) for path in files(".py") if VAGUE_NAMES & {path.stem, *path.parent.parts}]
    assert vague == []


def test_only_the_database_module_commits() -> None:
    committers = {line.split(":")[0] for line in lines_with(files(".py", under="portal"), ".commit(")}
    assert committers <= {"portal/core/db.py"}


def test_nothing_is_left_unfinished() -> None:
    assert [str(path) for path in files(".py", ".html", ".css", ".js", ".md") if UNFINISHED.search(text(path))] == []


def test_no_test_is_skipped() -> None:
    marks = tuple(f"pytest.{mark}" for mark in ("mark.skip", "skip(", "mark.xfail", "importor" + "skip"))
    assert lines_with([path for path in files(".py", under="tests") if path.name != Path(__file__).name], *marks) == []


def test_every_exception_from_a_check_names_its_rule() -> None:
    bare = re.compile(r"#\s*(noqa|type: ignore)\s*($|[^:\[\s])|#\s*(noqa|type: ignore)$")
    assert [f"{path}: {line}" for path in files(".py") for line in text(path).splitlines() if bare.search(line)] == []


def test_money_never_meets_a_float() -> None:
    money = [*files(".py", under="portal/ledger"), *files(".py", under="portal/engine"), Path("portal/core/money.py")]
    assert [
        line for line in lines_with(money, "float(", "Float64", "Float32", ": float") if "exclude" not in line
    ] == []


def test_the_time_is_asked_of_the_one_clock() -> None:
    asked = lines_with(files(".py", under="portal"), "datetime.now(", "date.today(", "utcnow(", "dt.now(")
    # The scheduler itself runs by the clock of the machine, also while a demo stands at another date.
    own = ("portal/core/clock.py", "portal/jobs/worker.py")
    assert [line for line in asked if not line.startswith(own)] == []


def test_locks_name_no_host_and_pin_every_package_by_hash() -> None:
    assert [line for line in lines_with(LOCKS, "://") if "funding" not in line and '"url":' not in line] == []
    packages: dict[str, dict[str, object]] = json.loads(text(Path("package-lock.json")))["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    for lock in files(".txt", under="requirements"):
        pinned = re.findall(
            r"^[a-z0-9][^\n]*==[^\n]*$(?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)+", text(lock), re.MULTILINE
        )
        named = re.findall(r"^[a-z0-9][^\n]*==", text(lock), re.MULTILINE)
        assert len(pinned) == len(named) > 0, f"{lock}: a package without a hash"


def test_what_is_written_speaks_of_the_portal_only() -> None:
    readable = files(".md", ".py", ".html", ".css", ".js", ".toml", ".yaml", ".yml", ".sh")
    assert [str(path) for path in readable if FOREIGN_WORDS.search(text(path))] == []


def test_nothing_fetched_or_made_is_committed() -> None:
    made = ("node_modules", "vendor", ".venv", "data", "__pycache__")
    committed = [
        str(path) for path in project_files() if path.parts[0] in made or path.is_relative_to("portal/static/vendor")
    ]
    assert committed == []
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").strip().startswith("Apache License")

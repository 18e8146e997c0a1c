"""Ending the demo ends what it started."""

from __future__ import annotations

import signal
import subprocess
import sys

from portal.demo.commands import stop

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
POLITE = "import time; print('up', flush=True); time.sleep(60)"


def started(program: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    return child


def test_a_child_that_goes_on_working_is_ended_after_a_while() -> None:
    children = [started(POLITE), started(STUBBORN)]
    stop(children, patience=0.5)
    assert [child.returncode for child in children] == [-signal.SIGTERM, -signal.SIGKILL]
    for child in children:
        assert child.stdout is not None
        child.stdout.close()

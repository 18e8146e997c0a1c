"""Where a test run keeps what nothing of it survives: in memory, where there is plenty of it."""

import shutil
from pathlib import Path

SHARED = Path("/dev/shm")
PLENTY = 2 * 2**30


def memory_folder() -> str | None:
    """Memory-backed storage, so that no database waits for a disk; None where the usual folder has to do."""
    return str(SHARED) if SHARED.is_dir() and shutil.disk_usage(SHARED).free > PLENTY else None

"""Archives made once for all workers of a run. Whoever asks first makes one; the others wait, and copy it."""

import fcntl
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> tuple[Path, Made]:
    """The folder of this name and what making it returned. make: is given a path where nothing is yet."""
    own = folders.getbasetemp()
    # Workers of one run have folders beside one another; a run without workers has one alone.
    root = own.parent if own.name.startswith("popen-") else own
    path, told = root / f"{name}-template", root / f"{name}-told"
    with (root / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            path.mkdir()
            told.write_bytes(pickle.dumps(make(path / "archive")))
    # Written above, by a process of this run.
    return path / "archive", pickle.loads(told.read_bytes())  # noqa: S301

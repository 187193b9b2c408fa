"""What every test stands on: one locale and time zone, and properties that try the same cases each time."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import settings

# Set before anything of ours is imported: a message or a month must not depend on who runs the tests.
os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en", TZ="UTC")
time.tzset()

# Every test has an archive of its own, and each commit waits for the disk: in memory the suite takes half the time.
# What crashes leave behind is tried by killing processes, which a file system in memory survives as any other.
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # made anew by pytest, for its owner alone
ENOUGH_BYTES = 4 * 1024**3
if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
    tempfile.tempdir = str(IN_MEMORY)

# A failure is met again by whoever runs the suite next. `--hypothesis-profile=wide` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("wide", deadline=None, database=None, max_examples=2000)
settings.load_profile("steady")

"""What every test stands on: one locale and time zone, and properties that try the same cases each time."""

import os
import time

from hypothesis import settings

# Set before anything of ours is imported: a message or a month must not depend on who runs the tests.
os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en", TZ="UTC")
time.tzset()

# A failure is met again by whoever runs the suite next. `--hypothesis-profile=wide` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("wide", deadline=None, database=None, max_examples=2000)
settings.load_profile("steady")

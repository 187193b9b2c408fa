"""What every test stands on: one locale and time zone, and properties that try the same cases each time."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from limits.storage.memory import MemoryStorage
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

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


# Every session of every test opens files of its own, and each would compile the same statements anew. Compiled ones are
# kept for the whole run; the program itself forgets them with its last session, since they hold what was bound first.
_STATEMENTS: LRUCache[Any, Any] = LRUCache(2000)
_create_engine = sqlalchemy.create_engine


class _SameDialect(SQLiteDialect_pysqlite):
    """One of these is as good as another: what was compiled for one holds for all."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


def _with_one_cache(*arguments: Any, **named: Any) -> sqlalchemy.Engine:
    engine = _create_engine(*arguments, **named)
    if type(engine.dialect) is SQLiteDialect_pysqlite:
        engine._compiled_cache = _STATEMENTS
        engine.dialect.__class__ = _SameDialect
    return engine


sqlalchemy.create_engine = _with_one_cache


class _Pages(BytecodeCache):
    """Templates as Python, for every application of the run: each would compile them anew."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Pages()}

# What counts requests starts a thread at each of them, to forget old counts; an application of a test ends before that.
MemoryStorage._MemoryStorage__schedule_expiry = lambda self: None  # type: ignore[attr-defined]

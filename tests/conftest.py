"""What every test stands on: one locale and time zone, and properties that try the same cases each time."""

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from copy import copy
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from limits.storage.memory import MemoryStorage
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from crypto.keys import Secret
from crypto.sealing import SealingKey
from crypto.signing import SigningKey, VerifyingKey

# What is imported and collected lives to the end of the run; looking through all of it again and again finds nothing.
gc.set_threshold(200_000, 50, 100)

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
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Pages()}


# Each application reads each of its addresses and writes two functions for it, which took most of the time of making
# one. What comes of it knows nothing of the application.
_ADDRESSES: dict[tuple[object, ...], dict[str, Any]] = {}
_READ = ("_parts", "_trace", "_converters", "arguments")
_WRITTEN = ("_build", "_build_unknown")
_compile_rule = Rule.compile


def _compiled_once(rule: Rule) -> None:
    kinds = tuple((rule.map.converters if rule.map else {}).items())
    defaults = tuple(sorted((rule.defaults or {}).items()))
    name = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults, kinds)
    if name not in _ADDRESSES:
        _compile_rule(rule)
        read = {part: copy(getattr(rule, part)) for part in _READ}
        _ADDRESSES[name] = read | {part: getattr(rule, part).__func__ for part in _WRITTEN}
    found = _ADDRESSES[name]
    for part in _READ:
        setattr(rule, part, copy(found[part]))
    for part in _WRITTEN:
        setattr(rule, part, found[part].__get__(rule, None))


Rule.compile = _compiled_once  # type: ignore[method-assign, assignment]

# What counts requests starts a thread at each of them, to forget old counts; an application of a test ends before that.
MemoryStorage._MemoryStorage__schedule_expiry = lambda self: None  # type: ignore[attr-defined]


# Every test opens a copy of one archive, and each would prove the same signatures anew. That one held holds again, for
# the same key, bytes and signature; one that did not is tried each time.
_HELD: set[bytes] = set()


def _proven_once(require: Callable[[VerifyingKey, bytes, bytes], None]) -> None:
    def proven(key: VerifyingKey, signed: bytes, signature: bytes) -> None:
        parts = (require.__name__.encode(), key.raw, signed, signature)
        name = sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
        if name not in _HELD:
            require(key, signed, signature)
            _HELD.add(name)

    setattr(VerifyingKey, require.__name__, proven)


def _made_once(key_class: type[SigningKey] | type[SealingKey]) -> None:
    """And each would make the same pairs of keys from their seeds, at each sign-in and each request."""
    make, made, parts = key_class.__init__, LRUCache[bytes, Any](2000), key_class.__slots__

    def __init__(self: Any, seed: Secret) -> None:
        found = made.get(seed.raw)
        if found is None:
            make(self, seed)
            found = made[seed.raw] = {part: getattr(self, part) for part in parts}
        for part, value in found.items():
            setattr(self, part, value)
        self.seed = seed

    key_class.__init__ = __init__  # type: ignore[method-assign]


_proven_once(VerifyingKey.require_ed25519)
_proven_once(VerifyingKey.require_ml_dsa)
_made_once(SigningKey)
_made_once(SealingKey)


# Of several workers none is left alone with a long file at the end. Found with `--durations=0`; one that is not here
# takes less than twelve seconds.
LONGEST_FIRST = (
    "web/test_every_route",
    "attacks/test_canary",
    "attacks/test_server_process",
    "browser/test_whole_way",
    "attacks/test_hostile_texts",
    "browser/test_review_room",
    "browser/test_finding_room",
    "browser/test_intake_room",
    "attacks/test_duress_attacks",
    "attacks/test_killed_processes",
    "properties/test_months_of_life",
    "browser/test_frame_look",
    "browser/test_custody_look",
    "attacks/test_hostile_requests",
    "browser/test_room_look",
    "browser/test_frame_scripts",
    "browser/test_log_look",
    "web/test_nothing_unlogged",
    "browser/test_alarm_look",
    "attacks/test_killed_reindexing",
    "attacks/test_log_privacy",
    "attacks/test_killed_rekeying",
    "browser/test_review_files",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    rank = {here / f"{name}.py": place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_collection_finish() -> None:
    gc.set_threshold(20_000, 20, 50)

"""The ordinary empty profile that a duress password opens: a small archive of its own in which nothing was ever kept.

It has the same person with the same roles, a case without testimonies, a log that begins with its founding, and its
own keys; it lies in a private directory, in memory where the system has /dev/shm, and is deleted when its last
session ends or the process does. Nothing of the real archive is in it, and no code of ours asks which of the two a
session is in: a page that looked would be a page that shows.

One is always founded beforehand, so that entering takes as long as an ordinary sign-in.
"""

import os
import random
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from crypto.keys import Secret
from crypto.passwords import Argon2Cost, Opened, unlock_bundle
from testimony.domain.accounts import AccountId
from testimony.domain.errors import Conflict
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol
from testimony.services.archives import Archive, handle_lookup
from testimony.services.bundles import EmptyProfile, serialise_content
from testimony.services.certificates import Certified
from testimony.services.confirming import confirm_enrolment
from testimony.services.custody import open_case
from testimony.services.founding import FOUNDERS, found
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.sessions import Session, parse_keys, timestamp
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import account_guards
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged, NoArchive, StorageFailed
from testimony.storage.keyring_file import write_keyring
from testimony.storage.objects import local_objects

AGE = timedelta(days=23, hours=5)
"""How long ago an empty profile's archive says that it was founded."""

PACE_SECONDS = 0.3
"""Twice what entering an empty profile took on two shared cores (0.14 s; opening an account there: 0.05 to 0.09 s)."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - a private directory is made in it, mode 0700
_PREFIX = "testimony-"
_HANDS_ON = (Role.REVIEWER, Role.AUDITOR)


class DecoyArchive(Archive):
    """An archive that is deleted when the last session in it ends. discard: deletes it."""

    def __init__(self, directory: ArchiveDirectory, discard: Callable[[], object]) -> None:
        super().__init__(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
        self._discard = discard

    def release(self, secrets: Mapping[Compartment, Secret]) -> None:
        super().release(secrets)
        if self.locked:
            self._discard()


@dataclass(frozen=True, slots=True, repr=False)
class _Spare:
    """A founded archive with the sessions of those who hand keys on. keeper, second: two custodians."""

    archive: DecoyArchive
    keeper: Session
    second: Session
    holders: tuple[Session, ...]


class Decoys:
    """Empty profiles for the accounts of one archive, in this process."""

    def __init__(self) -> None:
        self._spare: _Spare | None = None
        self._entered: weakref.WeakValueDictionary[AccountId, DecoyArchive] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()
        self._stays_ready = False

    def keep_ready(self, now: datetime) -> None:
        """Have one founded from now on, made beside the work of the server; clear what a dead process left."""
        self._stays_ready = True
        sweep()
        self._prepare_beside(now)

    def prepare(self, now: datetime) -> None:
        """Found one, unless it is there."""
        with self._lock:
            if self._spare is None:
                self._spare = _found(now)

    @contextmanager
    def pace(self) -> Iterator[None]:
        """Let what follows the stretching of a password last a while, whatever comes of it.

        An empty profile takes longer to make than an account to open, and a wrong code less than either.
        """
        end = time.monotonic() + PACE_SECONDS
        try:
            yield
        finally:
            time.sleep(max(0.0, end - time.monotonic()))

    def enter(self, profile: EmptyProfile, certified: Certified, opened: Opened, now: datetime) -> Session:
        """Open the profile. opened: by the password that was typed, which opens the account in it as well."""
        entered = self._entered.get(profile.account_id)
        if entered is not None and (session := _again(entered, profile, opened, now)) is not None:
            return session
        with self._lock:
            spare, self._spare = self._spare, None
        spare = spare or _found(now)
        try:
            session = _furnish(spare, profile, certified, opened, now)
        except Conflict:
            # A founder of it has this person's handle; the next one has other numbers.
            spare = _found(now)
            session = _furnish(spare, profile, certified, opened, now)
        self._entered[profile.account_id] = spare.archive
        spare.archive.stands_for = profile.account_id
        if self._stays_ready:
            self._prepare_beside(now)
        return session

    def _prepare_beside(self, now: datetime) -> None:
        threading.Thread(target=self.prepare, args=(now,), daemon=True).start()


def _found(now: datetime) -> _Spare:
    path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_room()))
    directory, at = ArchiveDirectory(path / "archive"), now - AGE + timedelta(hours=1)
    # Also when the process ends, founding fails, or somebody does not release what was acquired.
    discard = weakref.finalize(directory, shutil.rmtree, path, ignore_errors=True)
    founders, password = _make(directory, now - AGE)
    decoy = DecoyArchive(directory, discard)
    door = SignIn(decoy, Throttle())
    keeper = door.sign_in(founders[0].handle, password, None, at)
    second = door.sign_in(founders[1].handle, password, None, at)
    open_case(keeper, "CASE-1", "General", at)
    holders = tuple(
        door.sign_in(founder.handle, password, None, at)
        for founder in founders
        if not founder.roles.isdisjoint(_HANDS_ON)
    )
    return _Spare(decoy, keeper, second, holders)


def _make(directory: ArchiveDirectory, then: datetime) -> tuple[tuple[Newcomer, ...], str]:
    """A founded archive whose founders all have the password that is returned with them."""
    founders, password = _founders(), token_hex(24)
    invitations = found(directory, "Archive", founders, Argon2Cost.TESTING_ONLY, then)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    for number, invitation in enumerate(invitations):
        at = then + timedelta(minutes=9 * (number + 1))
        activate(archive, Throttle(), invitation.row.handle, invitation.code, password, at)
    return founders, password


def _founders() -> tuple[Newcomer, ...]:
    """Whom it was founded with: under numbers that leave the usual handles to whoever enters."""
    numbers = iter(random.sample(range(11, 99), len(FOUNDERS)))
    return tuple(
        replace(
            founder,
            handle=f"{min(founder.roles)}-{number}",
            name=f"{min(founder.roles)} {number}".capitalize(),
        )
        for founder, number in zip(FOUNDERS, numbers, strict=True)
    )


def _furnish(
    spare: _Spare, profile: EmptyProfile, certified: Certified, opened: Opened, now: datetime
) -> Session:
    decoy, at = spare.archive, now - AGE + timedelta(hours=3)
    throttle, once = Throttle(), token_hex(24)
    newcomer = Newcomer(profile.handle, profile.name, certified.roles)
    invitation = enrol(spare.keeper, newcomer, at)
    at += timedelta(minutes=14)
    activate(decoy, throttle, invitation.row.handle, invitation.code, once, at)
    keyring = decoy.keyring()
    record = keyring.accounts[invitation.record.account_id]
    content = replace(
        parse_keys(unlock_bundle(once, record.bundle, record.account_id)),
        totp=profile.totp,
        codes_key=profile.codes_key,
    )
    # The password that was typed, at the cost it has in the real archive: no cheaper place to guess it.
    bundle = opened.lock_alike(serialise_content(content), record.account_id)
    write_keyring(decoy.directory, keyring.with_account(replace(record, bundle=bundle)))
    confirm_enrolment(spare.second, record.account_id, "known to both", at)
    for holder in spare.holders:
        wrap_for_members(holder, at)
    with spare.keeper.work(at) as work:
        account_guards.replace_codes(work.connection, record.account_id, profile.codes, timestamp(at))
    session = SignIn(decoy, throttle).resume(content, now)
    # The person's own session holds the files from here on; the others' keys go.
    for helper in (spare.keeper, spare.second, *spare.holders):
        decoy.release(helper.archive.secrets)
    decoy.cost = opened.cost
    return session


def _again(decoy: DecoyArchive, profile: EmptyProfile, opened: Opened, now: datetime) -> Session | None:
    """Another session in a profile that is open already, when this password opens it."""
    if decoy.locked:
        return None
    try:
        keyring = decoy.keyring()
        record = keyring.account_with_lookup(handle_lookup(keyring.archive_id, profile.handle))
        payload = None if record is None else opened.opens(record.bundle, record.account_id)
        return None if payload is None else SignIn(decoy, Throttle()).resume(parse_keys(payload), now)
    except (NoArchive, ArchiveDamaged, StorageFailed):
        return None  # Its last session ended in between, and with it the archive.


def sweep() -> None:
    """Delete what processes of this user left behind that were killed."""
    for path in _room().glob(f"{_PREFIX}*"):
        owner = path.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _lives(int(owner)) and path.lstat().st_uid == os.getuid():
            shutil.rmtree(path, ignore_errors=True)


def _room() -> Path:
    return _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

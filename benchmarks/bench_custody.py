"""Custody: new keys, identities, withdrawal, who is affected by a leak, backup; each against its bar.

    python -m benchmarks.bench_custody 10000    with fewer testimonies and a smaller vault

A part that is not there yet is a line "not measured", and no bar.
"""

import importlib
import importlib.util
import json
import sys
import time
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from benchmarks import custody_identity, custody_withdrawal
from benchmarks.archives import CASE, Measured, now, temporary_archive
from benchmarks.custody_rekey import MEGABYTES, measure_rekey, report
from benchmarks.report import Bar, Table, at_most
from testimony.domain.rekeying import Cause
from testimony.domain.roles import Role
from testimony.services.affected import Loss, who_is_affected
from testimony.services.envelopes import seal_identity
from testimony.services.rekey_running import carry_out
from testimony.services.rekeying import OrderRequest, confirm, order
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import identities, register
from testimony.storage.compartments import Compartment
from testimony.storage.identities import SealedIdentity

TESTIMONIES = 100_000
ROUNDS = 5
IDENTITIES = 2_000
SECONDS = 1.0
AFFECTED_SECONDS = 10.0
"""The issue says "in seconds"."""

BACKUP = "benchmarks.custody_backup"


@dataclass(frozen=True, slots=True)
class Among:
    """Seconds of server time among many testimonies. withdrawn: the slowest of some; emptied: what the next reviewer's
    session then spends on each."""

    testimonies: int
    withdrawn: float
    emptied: float
    affected: float
    exposed: int


@dataclass(frozen=True, slots=True)
class Reshared:
    """Seconds to seal identities anew and share their key out; bare: to seal the same envelopes once, and no more."""

    identities: int
    seconds: float
    bare: float


def run() -> tuple[Table | Bar, ...]:
    return measure(TESTIMONIES, MEGABYTES)


def measure(testimonies: int, megabytes: int) -> tuple[Table | Bar, ...]:
    """testimonies: among which one is withdrawn; the vault that is re-keyed is as large as `megabytes`."""
    rekeyed = tuple(report(measure_rekey(megabytes)))
    opened = median(custody_identity.measure() for _ in range(ROUNDS))
    among, reshared = measure_among(testimonies), measure_reshare(min(IDENTITIES, testimonies))
    table = Table(
        f"Server time, among {among.testimonies:,} testimonies",
        ("act", "seconds"),
        (
            ("an identity: asked, agreed to twice, shown", f"{opened:.3f}"),
            ("a withdrawal, until the gate is closed", f"{among.withdrawn:.3f}"),
            ("emptying vault and reading room of it", f"{among.emptied:.3f}"),
            (f"who is affected by a lost reviewer ({among.exposed:,})", f"{among.affected:.3f}"),
            (f"{reshared.identities:,} identities sealed and shared out anew", f"{reshared.seconds:.3f}"),
            ("the same envelopes only sealed", f"{reshared.bare:.3f}"),
        ),
    )
    return (
        *rekeyed,
        table,
        at_most("an identity, from request to showing", opened, SECONDS, " s"),
        at_most("a withdrawal", among.withdrawn, SECONDS, " s"),
        at_most("emptying the files of a withdrawn testimony", among.emptied, SECONDS, " s"),
        at_most("who is affected", among.affected, AFFECTED_SECONDS, " s"),
        *backup(),
    )


def backup() -> tuple[Table | Bar, ...]:
    """What a backup costs; a line that says so where this version makes none."""
    if importlib.util.find_spec(BACKUP) is None:
        return (Table("Backup", ("", ""), (("not measured", "there is no backup in this version"),)),)
    shown: tuple[Table | Bar, ...] = importlib.import_module(BACKUP).run()
    return shown


def measure_among(testimonies: int) -> Among:
    with temporary_archive() as archive:
        custody_withdrawal.filled(archive, testimonies)
        withdrawn, emptied = [], []
        for seed in range(ROUNDS):
            withdrawn.append(custody_withdrawal.measure(archive, seed))
            emptied.append(custody_withdrawal.carry_out(archive))
        _require_gone(archive, ROUNDS)
        begun = time.perf_counter()
        found = who_is_affected(archive.sessions[Role.CUSTODIAN], Loss(handle="reviewer-1"), now())
        affected = time.perf_counter() - begun
        if len(found.exposed) < testimonies:
            raise RuntimeError("a reviewer opens every testimony")
        return Among(testimonies, max(withdrawn), max(emptied), affected, len(found.exposed))


def measure_reshare(count: int) -> Reshared:
    """New keys for the identities, ordered by one custodian and confirmed and carried out by another."""
    with temporary_archive() as archive:
        first = archive.sessions[Role.CUSTODIAN]
        bare = _with_identities(archive, count)
        door = SignIn(archive.archive, Throttle())
        second = door.sign_in("custodian-2", archive.password, None, now())
        try:
            wanted = OrderRequest(frozenset({Compartment.IDENTITY}), Cause.ROTATION, None, "measured")
            confirm(second, order(first, wanted, now()), "measured", now())
            begun = time.perf_counter()
            if carry_out(second, now()) != (Compartment.IDENTITY,):
                raise RuntimeError("the identities have no new key")
            return Reshared(count, time.perf_counter() - begun, bare)
        finally:
            archive.archive.release(second.archive.secrets)


def _with_identities(archive: Measured, count: int) -> float:
    """Testimonies with an envelope each; the seconds that sealing alone took."""
    reviewer, day = archive.sessions[Role.REVIEWER], now().date().isoformat()
    public, seconds = reviewer.archive.public(Compartment.IDENTITY), 0.0
    with reviewer.work(now()) as work:
        for number in range(count):
            code = submission_id = f"measured-{number}"
            row = register.RegisterRow(
                code, submission_id, CASE, "received", "eng", None, day, reviewer.account.id, None, None
            )
            register.insert_row(work.connection, row)
            begun = time.perf_counter()
            sealed = seal_identity(public, custody_identity.IDENTITY, submission_id)
            seconds += time.perf_counter() - begun
            identities.insert_identity(work.connection, SealedIdentity(submission_id, code, day, sealed))
    return seconds


def _require_gone(archive: Measured, count: int) -> None:
    with archive.sessions[Role.REVIEWER].reading() as connection:
        stopped = connection.execute(sa.text("SELECT code FROM register WHERE state = 'restricted'"))
        codes = stopped.scalars().all()
        of_these = "code IN (SELECT value FROM json_each(:c))"
        wanted = f"SELECT count(*) FROM reading_room.releases WHERE current = 1 AND {of_these}"  # noqa: S608  # ours
        left = connection.execute(sa.text(wanted), {"c": json.dumps(list(codes))}).scalar_one()
    if len(codes) != count or left:
        raise RuntimeError("what was withdrawn is out of the reading room")


if __name__ == "__main__":
    fewer = int(sys.argv[1])
    for each in measure(fewer, max(20, MEGABYTES * fewer // TESTIMONIES)):
        print(each)

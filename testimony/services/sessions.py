"""One signed-in person, and one unit of work of theirs.

A unit of work is a ledger transaction (over every file the person can open) whose log entries commit with it.
What is shown to somebody is read inside
one, and returned only after its entry is on disk (G7). A refusal inside one leaves nothing but its own entry.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from crypto import notes
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import SealingKey, seal
from crypto.signing import SigningKey
from testimony.domain.accounts import Account, AccountId
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.errors import Refused
from testimony.services.alarm_raising import consider
from testimony.services.archives import OpenArchive
from testimony.storage import accounts as account_rows
from testimony.storage import log
from testimony.storage.compartments import Compartment

IDLE_LIMIT = timedelta(minutes=15)
ABSOLUTE_LIMIT = timedelta(hours=8)
CHECKPOINT_EVERY = 256
"""Entries after which a new signed checkpoint is made without waiting for a sign-in or sign-out."""

LOG_SEED = "log-seed"


@dataclass(frozen=True, slots=True, repr=False)
class AccountKeys:
    sealing: SealingKey
    signing: SigningKey


@dataclass(slots=True, repr=False)
class Session:
    """`desk`: what this session remembers between requests (purpose, last query); memory only."""

    account: Account
    keys: AccountKeys
    archive: OpenArchive
    opened_at: datetime
    seen_at: datetime
    desk: dict[str, str] = field(default_factory=dict)

    def minutes_left(self, now: datetime) -> int:
        """Whole minutes until this session closes if nothing more is done."""
        end = min(self.seen_at + IDLE_LIMIT, self.opened_at + ABSOLUTE_LIMIT)
        return max(0, int((end - now).total_seconds() // 60))

    @contextmanager
    def work(self, now: datetime) -> Iterator["Work"]:
        """One write transaction with its log entries.

        Raises what the body raises; a Refused is logged as a denial first.
        """
        try:
            with self.archive.database.writing() as connection:
                work = Work(self, connection, now)
                yield work
                work.write_entries()
        except Refused as refusal:
            self._log_denial(refusal, now)
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A read of one's own work list or of public facts. Never for content: that is a `work` with an
        entry.
        """
        with self.archive.database.reading() as connection:
            yield connection

    def _log_denial(self, refusal: Refused, now: datetime) -> None:
        with self.archive.database.writing() as connection:
            work = Work(self, connection, now)
            work.log(
                Action.DENIED,
                subject=refusal.subject,
                purpose=refusal.purpose,
                outcome=Outcome.DENIED,
                reasons=refusal.reasons,
            )
            work.write_entries()


class Work:
    """A connection and the entries that will commit with it."""

    def __init__(
        self,
        session: Session,
        connection: sa.Connection,
        now: datetime,
        entries: list[log.Entry] | None = None,
    ) -> None:
        """entries: where to note them, when two people act in one unit of work; a list of its own without."""
        self._session = session
        self.connection = connection
        self.now = now
        self._entries: list[log.Entry] = [] if entries is None else entries

    @property
    def actor(self) -> AccountId:
        """Who works."""
        return self._session.account.id

    def note(self, entries: Iterable[log.Entry]) -> None:
        """Entries that are nobody's act but follow from one; appended in order with the others."""
        self._entries += entries

    def log(
        self,
        action: Action,
        *,
        subject: tuple[str, str] | None = None,
        case: str | None = None,
        purpose: str | None = None,
        fields: tuple[str, ...] = (),
        count: int | None = None,
        detail: str | None = None,
        outcome: Outcome = Outcome.ALLOWED,
        reasons: tuple[DenyReason, ...] = (),
    ) -> None:
        """Note one entry; it is appended, in order, just before the commit.

        subject: (kind, id), e.g. ("testimony", "T-7Q4K-29"). detail: words that only auditors may read (a
        query, a reason).
        """
        account = self._session.account
        self._entries.append(
            log.Entry(
                at=timestamp(self.now),
                actor=account.id,
                roles=tuple(sorted(role.value for role in account.roles)),
                action=action.value,
                outcome=outcome.value,
                subject=subject,
                case_id=case,
                purpose=purpose,
                fields=fields,
                count=count,
                reasons=tuple(reason.value for reason in reasons),
                detail=None if detail is None else seal_detail(self._session.archive, detail),
            )
        )

    def write_entries(self) -> None:
        if not self._entries:
            return
        last = log.append(self.connection, self._entries)
        last = consider(self.connection, self._entries, last, self.now)
        self._entries.clear()
        if last + 1 - log.last_checkpoint_size(self.connection) >= CHECKPOINT_EVERY:
            sign_checkpoint(self.connection, self._session.archive, self.now)


@contextmanager
def joint_work(first: Session, second: Session, now: datetime) -> Iterator[tuple[Work, Work]]:
    """One write transaction in which two people act, with their entries in the order they were noted.

    It is over the files that the first can open. Raises what the body raises; a refusal is not logged here, since it
    is not known whose it is.
    """
    entries: list[log.Entry] = []
    with first.archive.database.writing() as connection:
        mine = Work(first, connection, now, entries)
        yield mine, Work(second, connection, now, entries)
        mine.write_entries()


def seal_detail(archive: OpenArchive, detail: str) -> bytes:
    return seal(archive.public(Compartment.AUDIT), detail.encode(), Label.AUDIT_DETAIL)


def sign_checkpoint(connection: sa.Connection, archive: OpenArchive, now: datetime) -> None:
    """Sign the tree as it stands in this transaction."""
    frontier = log.read_frontier(connection)
    origin = log_origin(archive.keyring().archive_id)
    sign_checkpoint_of(connection, archive, notes.Checkpoint(origin, frontier.size, frontier.root()), now)


def sign_checkpoint_of(
    connection: sa.Connection, archive: OpenArchive, checkpoint: notes.Checkpoint, now: datetime
) -> None:
    """Sign a size and root that the caller recomputed; one that is there already stays."""
    seed = account_rows.recall(connection, LOG_SEED)
    if seed is None:
        raise RuntimeError("an archive is founded with a log key")
    note = notes.sign_checkpoint(checkpoint, SigningKey(Secret(seed)))
    log.write_checkpoint(connection, checkpoint.size, timestamp(now), note)


def log_origin(archive_id: str) -> str:
    return f"testimony/{archive_id}"


def timestamp(now: datetime) -> str:
    """ISO 8601, UTC, milliseconds. Raises ValueError for a naive datetime."""
    if now.tzinfo is None:
        raise ValueError("times are aware, UTC")
    return now.isoformat(timespec="milliseconds")


def serialise_keys(
    account_id: AccountId, sealing: Secret, signing: Secret, root: bytes, totp: bytes | None
) -> bytes:
    """The payload of an account's locked bundle."""
    document = {
        "account": account_id,
        "sealing": sealing.raw.hex(),
        "signing": signing.raw.hex(),
        "root": root.hex(),
        "totp": totp.hex() if totp is not None else None,
    }
    return json.dumps(document, sort_keys=True).encode()


@dataclass(frozen=True, slots=True, repr=False)
class BundleContent:
    """codes_key: what recovery codes are digested with. duress: the password that opens an empty profile."""

    account_id: AccountId
    sealing: Secret
    signing: Secret
    root: bytes
    totp: bytes | None
    codes_key: Secret | None = None
    duress: str | None = None


def parse_keys(payload: bytes) -> BundleContent:
    document = json.loads(payload)
    return BundleContent(
        account_id=AccountId(document["account"]),
        sealing=Secret(bytes.fromhex(document["sealing"])),
        signing=Secret(bytes.fromhex(document["signing"])),
        root=bytes.fromhex(document["root"]),
        totp=bytes.fromhex(document["totp"]) if document["totp"] is not None else None,
        codes_key=Secret(bytes.fromhex(document["codes_key"])) if document.get("codes_key") else None,
        duress=document.get("duress"),
    )

"""What a ready question is asked with and what it answers: frozen values shared by the questions' modules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.policy.questions import Question, Setting
from testimony.policy.surprise import Surprise
from testimony.services.certificates import certified_account
from testimony.storage import accounts as account_rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring
from testimony.storage.room_queries import Span

ROWS = 100
"""More rows than this are not shown: a question is then to be narrowed."""

SCANNED = 20_000
"""Entries of rare acts that one question reads at most."""

SHOWN = (Action.LIST_SHOWN.value, Action.ITEM_SHOWN.value, Action.IDENTITY_SHOWN.value)
WORK = (*SHOWN, Action.SEARCH_RELEASED.value, Action.SEARCH_ORIGINAL.value, Action.EXPORT_PREPARED.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and all that its answer is made from."""

    connection: Connection
    keyring: Keyring
    span: Span
    settings: Mapping[Setting, int]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an answer. count: how often; other: a second number, where the question has one.

    events: numbers of entries that bear it out, the first and the last at least. words: what sort of line it is.
    """

    account: AccountId | None = None
    code: str | None = None
    case_id: str | None = None
    count: int = 1
    other: int | None = None
    events: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[str, ...] = ()
    surprise: Surprise | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """is_cut: there are more rows than are shown. handles: accounts by id."""

    question: Question
    span: Span
    settings: Mapping[Setting, int]
    rows: tuple[Row, ...]
    is_cut: bool
    handles: Mapping[str, str]


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hour_of(key: str) -> datetime:
    """The moment at which `2026-03-02T09` begins."""
    return datetime.fromisoformat(f"{key}:00:00+00:00")


def people_with(asked: Asked, role: Role) -> tuple[AccountId, ...]:
    """Accounts that are certified to carry a role."""
    return accounts_with(asked.connection, asked.keyring, role)


def accounts_with(connection: Connection, keyring: Keyring, role: Role) -> tuple[AccountId, ...]:
    found = []
    for row in account_rows.all_accounts(connection):
        try:
            if role in certified_account(keyring, row.account_id).roles:
                found.append(row.account_id)
        except ArchiveDamaged:
            continue
    return tuple(found)

"""Findings: what an auditor noted, about what, who looks after it, how it stands. Append-only; every note is an entry.

Nobody edits or deletes a note: who erred writes another. What is said lies sealed to the auditors, and the entry in the
log carries the hash of what was sealed, so a note that was changed, added or taken away on the disk is told apart.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import SealingKey, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.codes import parse_code
from testimony.domain.errors import BadCode, Invalid, NotFound, Problem
from testimony.domain.findings import FREE, About, AboutKind, Closing, FindingState, Note, NoteDraft
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.policy.questions import Question
from testimony.services.asking import accounts_with
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import findings as rows
from testimony.storage import log_queries, register
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.findings import FindingRow, NoteRow

FORMAT = "testimony-finding-note/1"
PAGE = 50
PINNED = 8

_NOTE = "note:"
_SEALED = "sealed:"


@dataclass(frozen=True, slots=True)
class Finding:
    """about: None when it no longer opens, or went with an erased testimony. notes: oldest first.

    missing: numbers of notes that the log knows and the archive does not hold any more.
    """

    number: int
    opened_at: datetime
    about: About | None
    notes: tuple[Note, ...]
    missing: tuple[int, ...] = ()

    @property
    def last(self) -> Note:
        return self.notes[-1]


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding in a list: how it stands, never what it says."""

    number: int
    state: FindingState
    owner: str
    due: date | None
    at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """handles: accounts by id. owners: auditors who may be given it, (id, handle)."""

    finding: Finding
    handles: Mapping[str, str]
    owners: tuple[tuple[AccountId, str], ...]


def open_finding(session: Session, about: About, draft: NoteDraft, now: datetime) -> int:
    """Write the first note and return the finding's number.

    Raises Refused; Invalid with fields owner (unknown), about (unknown), state (out_of_range: it cannot begin closed).
    """
    with session.work(now) as work:
        require(session.account, Permission.WRITE_FINDINGS)
        about = _require_about(work.connection, about)
        if draft.state is FindingState.CLOSED:
            raise Invalid((Problem("state", "out_of_range"),))
        number = rows.next_number(work.connection)
        code = about.id if about.kind is AboutKind.TESTIMONY else None
        rows.insert_finding(work.connection, FindingRow(number, timestamp(now), code))
        _put(session, work, number, about, draft)
    return number


def add_note(session: Session, number: int, draft: NoteDraft, now: datetime) -> None:
    """Raises Refused, NotFound, Invalid with the field owner (unknown)."""
    with session.work(now) as work:
        require(session.account, Permission.WRITE_FINDINGS)
        finding = _read(session, work.connection, number)
        _put(session, work, number, finding.about or FREE, draft)


def find_finding(session: Session, number: int, now: datetime) -> FindingView:
    """A finding with all that was said of it. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.READ_FINDINGS)
        finding = _read(session, work.connection, number)
        owners = set(accounts_with(work.connection, session.archive.keyring(), Role.AUDITOR))
        people = account_rows.all_accounts(work.connection)
        view = FindingView(
            finding,
            {row.account_id: row.handle for row in people},
            tuple((row.account_id, row.handle) for row in people if row.account_id in owners),
        )
        count = len(finding.notes)
        work.log(Action.ITEM_SHOWN, subject=("finding", str(number)), fields=("finding",), count=count)
    return view


def list_findings(
    session: Session, states: frozenset[FindingState], before: int | None, now: datetime
) -> tuple[tuple[FindingLine, ...], int | None]:
    """The newest PAGE findings in these states, and what to hand in as `before` for more. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.READ_FINDINGS)
        wanted = tuple(sorted(states))
        found = rows.last_notes(work.connection, states=wanted, before=before, limit=PAGE + 1)
        lines = _lines(work.connection, found[:PAGE], now)
        work.log(Action.LIST_SHOWN, fields=("findings",), count=len(lines))
    return lines, lines[-1].number if len(found) > PAGE else None


def pinned(session: Session, now: datetime) -> tuple[FindingLine, ...]:
    """Findings that are not closed, for the side of the room: numbers and days. Raises Refused."""
    require(session.account, Permission.READ_FINDINGS)
    with session.reading() as connection:
        states = (FindingState.LOOKING.value, FindingState.OPEN.value)
        found = rows.last_notes(connection, states=states, before=None, limit=PINNED)
        return _lines(connection, found, now)


def read_findings(
    session: Session, connection: Connection, states: frozenset[FindingState]
) -> tuple[Finding, ...]:
    """Findings in these states with their notes, for a report that counts them. The caller logs."""
    found = rows.last_notes(connection, states=tuple(sorted(states)), before=None, limit=1_000)
    return tuple(_read(session, connection, row.finding) for row in reversed(found))


def _require_about(connection: Connection, about: About) -> About:
    """The thing as it is called. Raises Invalid with the field about (unknown) when there is none."""
    known = True
    match about.kind:
        case AboutKind.TESTIMONY:
            try:
                about = About(about.kind, parse_code(about.id))
            except BadCode:
                known = False
            else:
                known = register.find_row(connection, about.id) is not None
        case AboutKind.ACCOUNT:
            known = account_rows.find_account(connection, AccountId(about.id)) is not None
        case AboutKind.EVENT:
            digits = about.id.isascii() and about.id.isdigit() and len(about.id) <= 15
            known = digits and log_queries.find_event(connection, int(about.id)) is not None
        case AboutKind.QUESTION:
            known = about.id in set(Question)
        case AboutKind.FREE:
            about = FREE
    if not known:
        raise Invalid((Problem("about", "unknown"),))
    return about


def _put(session: Session, work: Work, number: int, about: About, draft: NoteDraft) -> None:
    if draft.owner not in accounts_with(work.connection, session.archive.keyring(), Role.AUDITOR):
        raise Invalid((Problem("owner", "unknown"),))
    note = len(rows.notes_of(work.connection, number)) + 1
    document = {
        "format": FORMAT,
        "about": [about.kind.value, about.id],
        "text": draft.text,
        "events": list(draft.events),
        "closing": draft.closing and draft.closing.value,
    }
    sealed = seal(
        session.archive.public(Compartment.AUDIT),
        canonical_json(document),
        Label.FINDING_NOTE,
        _context(number, note),
    )
    due = None if draft.due is None else draft.due.isoformat()
    row = NoteRow(
        number, note, timestamp(work.now), session.account.id, draft.state.value, draft.owner, due, sealed
    )
    rows.insert_note(work.connection, row)
    work.log(Action.WRITTEN, subject=("finding", str(number)), fields=_fields(row))


def _fields(row: NoteRow) -> tuple[str, ...]:
    """What the log says of a note: number, state, owner, day and the hash of what was sealed."""
    digest = hashlib.sha256(row.sealed or b"").hexdigest()
    return f"{_NOTE}{row.number}", row.state, f"to:{row.owner_id}", f"due:{row.due_on}", f"{_SEALED}{digest}"


def _read(session: Session, connection: Connection, number: int) -> Finding:
    found, notes = rows.find_finding(connection, number), rows.notes_of(connection, number)
    if found is None or not notes:
        raise NotFound
    # What was written before the auditors' key was changed is sealed to the one from before.
    keys = sealing_keys(session.archive, Compartment.AUDIT)
    logged = _logged(connection, number)
    about, read = None, []
    for row in notes:
        said = _open(keys, row)
        about = about or (said and said[0])
        read.append(_note(row, said and said[1], logged.get(row.number)))
    held = {row.number for row in notes}
    missing = tuple(sorted(set(logged) - held))
    return Finding(number, datetime.fromisoformat(found.opened_at), about, tuple(read), missing)


def _open(keys: tuple[SealingKey, ...], row: NoteRow) -> tuple[About, NoteDraft] | None:
    if row.sealed is None:
        return None
    try:
        said = json.loads(
            open_with_any(keys, row.sealed, Label.FINDING_NOTE, _context(row.finding, row.number))
        )
        closing = None if said["closing"] is None else Closing(said["closing"])
        draft = NoteDraft(
            text=said["text"],
            state=FindingState(row.state),
            owner=row.owner_id,
            due=None if row.due_on is None else date.fromisoformat(row.due_on),
            closing=closing,
            events=tuple(said["events"]),
        )
        return About(AboutKind(said["about"][0]), str(said["about"][1])), draft
    except (CryptoError, ValueError, KeyError, TypeError, Invalid):
        return None


def _note(row: NoteRow, said: NoteDraft | None, logged: tuple[str, tuple[str, ...]] | None) -> Note:
    expected = _fields(row)
    if row.sealed is None and logged is not None:
        expected = (*expected[:-1], logged[1][-1])  # Its text went with an erased testimony.
    return Note(
        number=row.number,
        at=datetime.fromisoformat(row.at),
        author=row.author_id,
        state=FindingState(row.state),
        owner=row.owner_id,
        due=None if row.due_on is None else date.fromisoformat(row.due_on),
        said=said,
        is_as_written=logged == (row.author_id, expected) and (said is not None or row.sealed is None),
    )


def _logged(connection: Connection, number: int) -> dict[int, tuple[str, tuple[str, ...]]]:
    """What the log says of each note: (author, fields)."""
    found: dict[int, tuple[str, tuple[str, ...]]] = {}
    for leaf in log_queries.leaves_about(connection, "finding", str(number), Action.WRITTEN.value):
        try:
            entry = json.loads(leaf)
            fields = tuple(entry["fields"])
            found[int(fields[0].removeprefix(_NOTE))] = (entry["actor"], fields)
        except (ValueError, KeyError, IndexError, TypeError):
            continue
    return found


def _lines(connection: Connection, found: tuple[NoteRow, ...], now: datetime) -> tuple[FindingLine, ...]:
    handles = {row.account_id: row.handle for row in account_rows.all_accounts(connection)}
    lines = []
    for row in found:
        due, state = None if row.due_on is None else date.fromisoformat(row.due_on), FindingState(row.state)
        late = due is not None and due < now.date() and state is not FindingState.CLOSED
        owner = handles.get(row.owner_id, row.owner_id)
        lines.append(FindingLine(row.finding, state, owner, due, datetime.fromisoformat(row.at), late))
    return tuple(lines)


def _context(finding: int, note: int) -> bytes:
    return f"{finding}/{note}".encode()

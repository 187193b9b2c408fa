"""Gaps in the custody of a thing, as events of their own (CU16, F8): from when to when nobody knows, and who had it.

A gap is noted on the day on which it is noted; when the thing was received stays as it is, so no receipt is ever
back-dated. Dates are for whoever reads the account, names for custodians and who wrote them. Nothing is taken away for
a gap: the thing stays, and its readers are told.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.dates import parse_date
from testimony.domain.errors import BadDate, IntegrityFailed, Invalid, NotFound, Problem
from testimony.policy.access import Permission, require
from testimony.services.case_words import keep_words, open_words, problems_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import case_notes, joint_acts, log_queries, register
from testimony.storage.case_notes import NoteRow
from testimony.storage.connections import Connection

EVENT = "CU16"


@dataclass(frozen=True, slots=True)
class NewGap:
    """position: which file, counted from 1; None for the whole account. since, until: EDTF, as exactly as is known.

    holders: who had it in that time, or what is known of them. how: how it came to light.
    """

    position: int | None
    since: str
    until: str
    holders: str = field(repr=False)
    how: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """What readers are told."""

    position: int | None
    since: str
    until: str
    noted_on: date


@dataclass(frozen=True, slots=True)
class GapView:
    """For custodians and who noted it. holders, how: None where they are not for this person to read.

    is_changed: words are there for this person, and are not those whose hash is in the log; they are not shown.
    """

    gap: Gap
    holders: str | None = field(repr=False)
    how: str | None = field(repr=False)
    is_changed: bool = False


def note_gap(session: Session, code: str, gap: NewGap, now: datetime) -> str:
    """Return the id of the event.

    Raises Refused, BadCode, NotFound; Invalid with fields since, until: bad_date, out_of_range; position: out_of_range;
    holders: required, too_long; how: too_long.
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.NOTE_GAP)
        row = register.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        words = {"holders": gap.holders.strip(), "how": gap.how.strip()}
        if problems := (*problems_of(words, "how"), *_problems(gap, row.attachments, now.date())):
            raise Invalid(problems)
        note_id = secrets.token_hex(8)
        note = NoteRow(
            note_id,
            case_notes.GAP,
            canonical,
            session.account.id,
            timestamp(now),
            position=gap.position,
            since=gap.since,
            until=gap.until,
        )
        case_notes.insert_note(work.connection, note)
        digest = keep_words(session, work, note_id, (canonical,), words)
        work.log(
            Action.WRITTEN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=(EVENT, f"note:{note_id}", digest),
        )
    return note_id


def gaps_with_names(session: Session, code: str, now: datetime) -> tuple[GapView, ...]:
    """Oldest first. Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.NOTE_GAP)
        row = register.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        noted = _hashes(work.connection, canonical)
        views = [
            _view(session, work, note, noted.get(note.note_id, ""))
            for note in case_notes.notes_of(work.connection, canonical, case_notes.GAP)
        ]
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("custody-gaps",),
            count=len(views),
        )
    return tuple(views)


def _view(session: Session, work: Work, note: NoteRow, noted: str) -> GapView:
    words = open_words(session, work, note.note_id, noted)
    if words is None:
        is_there = joint_acts.words_for(work.connection, note.note_id, session.account.id) is not None
        return GapView(_gap(note), None, None, is_changed=is_there)
    return GapView(_gap(note), words.get("holders"), words.get("how"))


def _hashes(connection: Connection, code: str) -> Mapping[str, str]:
    """By note, the hash of its words as the log has it; the first entry counts, later ones are another's."""
    hashes: dict[str, str] = {}
    for leaf in log_queries.leaves_about(connection, "testimony", code, Action.WRITTEN.value):
        try:
            fields = json.loads(leaf)["fields"]
        except (ValueError, KeyError, TypeError):
            raise IntegrityFailed from None
        if len(fields) == 3 and fields[0] == EVENT:
            hashes.setdefault(fields[1].removeprefix("note:"), fields[2])
    return hashes


def gaps_of(connection: Connection, code: str) -> tuple[Gap, ...]:
    """What readers of an account are told, in the unit of work that shows it to them."""
    return tuple(map(_gap, case_notes.notes_of(connection, code, case_notes.GAP)))


def _gap(note: NoteRow) -> Gap:
    return Gap(
        note.position, note.since or "", note.until or "", datetime.fromisoformat(note.noted_at).date()
    )


def _problems(gap: NewGap, attachments: int, today: date) -> tuple[Problem, ...]:
    ends: dict[str, tuple[date, date]] = {}
    for name, text in (("since", gap.since), ("until", gap.until)):
        try:
            day = parse_date(text)
        except BadDate:
            return (Problem(name, "bad_date"),)
        ends[name] = (day.lower or date.min, day.upper or date.max)
    rules = (
        (ends["since"][0] <= today, "since", "out_of_range"),
        (ends["since"][0] <= ends["until"][1] and ends["until"][0] <= today, "until", "out_of_range"),
        (gap.position is None or 1 <= gap.position <= attachments, "position", "out_of_range"),
    )
    return tuple(Problem(name, code) for holds, name, code in rules if not holds)

"""A later text of an original: a correction, a fuller transcript, a translation. The earlier ones stay as they are.

It re-opens the redaction: what was proposed or approved over the text before ends, marks are carried over where their
words still stand, and wait for a decision where they were found elsewhere. Releases stay until newer ones replace them.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.carrying import carry
from testimony.domain.errors import Conflict, Invalid, NotYet, Problem
from testimony.domain.redaction import Mark, MarkDecision, suggest_from_protect
from testimony.domain.statement import StatementKind
from testimony.policy.access import Permission, require
from testimony.services.mark_acts import MAX_MARKS, row_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import end_changed_layers
from testimony.services.under_review import UnderReview, day, mark_of, open_account
from testimony.storage import originals, redactions
from testimony.storage.originals import TextVersion
from testimony.storage.redactions import MarkRow, WorkRow

MAX_TEXT = 2_000_000
_LANGUAGE = re.compile("[a-z]{3}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class NewText:
    """language: ISO 639-3. Raises Invalid."""

    text: str = field(repr=False)
    language: str
    kind: StatementKind

    def __post_init__(self) -> None:
        rules = (
            (bool(self.text.strip()), "text", "required"),
            (len(self.text) <= MAX_TEXT, "text", "too_long"),
            ("\0" not in self.text, "text", "bad_character"),
            (_LANGUAGE.fullmatch(self.language) is not None, "language", "unknown_code"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of the marks: how many stand as they were, how many wait anew, how many had nowhere to stand."""

    version: int
    standing: int
    waiting: int
    gone: int


def add_version(session: Session, code: str, version_no: int, new: NewText, now: datetime) -> Carried:
    """version_no: the text that the new one follows. Who redacts the account adds it, or anybody while nobody does.

    Raises Conflict when a newer text is there already, or this is the same one; NotYet for whoever did not take it.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = open_account(session, work, code)
        before = account.version
        if before.version_no != version_no or before.text == new.text:
            raise Conflict
        if account.work is not None and account.work.redactor_id != session.account.id:
            raise NotYet
        version = TextVersion(
            code=code,
            version_no=version_no + 1,
            kind=new.kind.value,
            language=new.language,
            text=new.text,
            words=len(_WORD.findall(new.text)),
            sha256=hashlib.sha256(new.text.encode()).hexdigest(),
            author=session.account.id,
            made_on=day(now),
        )
        # From here the new text is the one that everything in the review room is about.
        originals.insert_version(work.connection, version)
        after = replace(account, version=version, work=None, marks=(), lifts=())
        carried = Carried(version.version_no, 0, 0, 0)
        if account.work is not None:
            carried = _carry_over(work, account, after, session)
            end_changed_layers(work, after)
        work.log(
            Action.WRITTEN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("new-version", new.kind.value, new.language),
            count=version.version_no,
        )
    return carried


def _carry_over(work: Work, account: UnderReview, after: UnderReview, session: Session) -> Carried:
    """Lifts are not carried over: an order was about the words as they were."""
    if account.work is None:
        raise RuntimeError("there is work to carry over")
    me, at = session.account.id, timestamp(work.now)
    row = WorkRow(after.code, after.version.version_no, 1, me, at, account.work.note)
    redactions.insert_work(work.connection, row)
    known = {each.mark_id: each for each in account.marks}
    kept = carry(account.version.text, after.version.text, map(mark_of, account.marks))
    if account.version.language != after.version.language:
        # Words of a translation that look the same are not the same words.
        kept = tuple(replace(mark, decision=MarkDecision.PROPOSED) for mark in kept)
    rows = [_carried(mark, row, known.get(mark.id)) for mark in kept]
    places = {(each.start, each.end) for each in rows}
    asked = suggest_from_protect(after.version.text, account.submission.protect)
    taken = {each.mark_id for each in rows}
    rows += [
        row_of(replace(mark, id=mark.id if mark.id not in taken else f"{mark.id}-v{row.version}"), row)
        for mark in asked
        if (mark.start, mark.end) not in places
    ]
    rows = rows[:MAX_MARKS]
    redactions.put_marks(work.connection, tuple(rows))
    found = {mark.id for mark in kept}
    return Carried(
        version=row.version,
        standing=sum(1 for each in rows if each.decision != "proposed"),
        waiting=sum(1 for each in rows if each.decision == "proposed"),
        gone=sum(1 for each in account.marks if each.mark_id not in found),
    )


def _carried(mark: Mark, row: WorkRow, before: MarkRow | None) -> MarkRow:
    """Who decided it stays on it, so that they do not approve what they decided."""
    made = row_of(mark, row)
    return replace(made, decided_by=before.decided_by, decided_at=before.decided_at) if before else made

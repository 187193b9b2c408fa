"""Redacting: one reviewer decides, mark by mark, what is withheld from whom.

Each act commits by itself and can be taken back. An account is redacted by whoever took it. Another
reviewer may take it over, and then neither of the two can approve it. A detector only proposes.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from testimony.domain.audit import Action
from testimony.domain.errors import Invalid, Problem
from testimony.domain.graphemes import widen
from testimony.domain.matching import occurrences
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision
from testimony.services.begun import CHOICE, NOTE, forget_begun
from testimony.services.generalised import exact_of
from testimony.services.mark_acts import (
    Change,
    Done,
    Turn,
    advance,
    done,
    find_mark,
    my_account,
    perform,
    row_of,
)
from testimony.services.mentions import places_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import UnderReview, require_work
from testimony.storage.redactions import MarkRow

MAX_WORDS = 1_000
MAX_NOTE = 5_000
MAX_ENTITY = 60

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cover:
    """How a span is withheld. replacement: empty for the category's token. entity: empty for none.

    exact: empty for a token; else what is generalised, or `generalised.ITSELF`.
    """

    category: str
    withheld_from: Audience
    replacement: str = field(default="", repr=False)
    entity: str = field(default="", repr=False)
    exact: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if len(self.entity) > MAX_ENTITY:
            raise Invalid((Problem("entity", "too_long"),))


class Edge(StrEnum):
    """Which end of a mark moves, and which way: to the next edge of a word."""

    START_OUT = "start_out"
    START_IN = "start_in"
    END_IN = "end_in"
    END_OUT = "end_out"


def write_note(session: Session, turn: Turn, note: str, now: datetime) -> Done:
    """Keep the note to the second reviewer. Raises Invalid."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        row = require_work(account)
        if len(note) > MAX_NOTE:
            raise Invalid((Problem("note", "too_long"),))
        advance(work, row, note)
        forget_begun(session, work, account, (NOTE,))
        log_redaction(work, account, "note")
        return done(session, work, account, ())


def mark_span(session: Session, turn: Turn, span: tuple[int, int], cover: Cover, now: datetime) -> Done:
    """Withhold code points `start` to `end`, widened to whole characters. Raises Invalid."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        start, end = span
        if not 0 <= start < end <= len(account.version.text):
            raise Invalid((Problem("span", "out_of_range"),))
        return _mark_places(session, work, account, [(start, end)], cover)


def mark_words(session: Session, turn: Turn, words: str, which: int, cover: Cover, now: datetime) -> Done:
    """Withhold a text wherever it stands (`which` 0) or its n-th mention alone, from 1.

    Raises Invalid: `not_found` when the account does not say it, or not so often.
    """
    with session.work(now) as work:
        account = my_account(session, work, turn)
        if not words.strip() or len(words) > MAX_WORDS:
            raise Invalid((Problem("words", "required" if not words.strip() else "too_long"),))
        found = [(span.start, span.end) for span in occurrences(account.version.text, words)]
        if not found or not 0 <= which <= len(found):
            raise Invalid((Problem("words", "not_found"),))
        wanted = found if which == 0 else found[which - 1 : which]
        return _mark_places(session, work, account, wanted, cover)


def mark_everywhere(
    session: Session, turn: Turn, mark_id: str, now: datetime, spellings: Iterable[str] = ()
) -> Done:
    """Withhold every other mention of what a mark covers, in the same way and as the same entity.

    spellings: keys of the other spellings that are it too, from `list_mentions`; unknown ones are nothing.
    """
    with session.work(now) as work:
        account = my_account(session, work, turn)
        mark = find_mark(account, mark_id)
        text = account.version.text
        found = tuple(places_of(text, text[mark.start : mark.end], spellings))
        cover = Cover(
            mark.category,
            Audience(mark.withheld_from),
            mark.replacement,
            mark.entity or mark.mark_id,
            mark.exact,
        )
        named = replace(mark, entity=cover.entity)
        return _mark_places(session, work, account, found, cover, () if named == mark else ((mark, named),))


def decide(session: Session, turn: Turn, mark_id: str, decision: MarkDecision, now: datetime) -> Done:
    """Accept or reject one mark. Raises Invalid for a decision to leave it undecided."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        return _decide(session, work, account, (find_mark(account, mark_id),), decision)


def decide_alike(session: Session, turn: Turn, mark_id: str, decision: MarkDecision, now: datetime) -> Done:
    """Decide a mark together with every undecided suggestion of the same entity."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        first = find_mark(account, mark_id)
        alike = tuple(
            row
            for row in account.marks
            if row == first
            or (first.entity and row.entity == first.entity and row.decision == MarkDecision.PROPOSED)
        )
        return _decide(session, work, account, alike, decision)


def change_mark(session: Session, turn: Turn, mark_id: str, cover: Cover, now: datetime) -> Done:
    """Withhold the same span in another way. To change a suggestion is to accept it. Raises Invalid."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        before = find_mark(account, mark_id)
        after = replace(
            before,
            category=cover.category,
            withheld_from=cover.withheld_from.value,
            replacement=cover.replacement.strip(),
            entity=cover.entity or None,
            exact=exact_of(work, account.version.text[before.start : before.end], cover.exact),
        )
        after = _decided(session, work, after, MarkDecision.ACCEPTED)
        forget_begun(session, work, account, CHOICE)
        return perform(session, work, account, "changed", ((before, after),))


def stretch_mark(session: Session, turn: Turn, mark_id: str, edge: Edge, now: datetime) -> Done:
    """Move one end of a mark to the next edge of a word. A mark never becomes empty: then nothing changes."""
    with session.work(now) as work:
        account = my_account(session, work, turn)
        before = find_mark(account, mark_id)
        start, end = widen(
            account.version.text, *_stretched(account.version.text, before.start, before.end, edge)
        )
        after = _decided(session, work, replace(before, start=start, end=end), MarkDecision.ACCEPTED)
        changed = start < end and (start, end) != (before.start, before.end)
        return perform(session, work, account, "stretched", ((before, after),) if changed else ())


def _stretched(text: str, start: int, end: int, edge: Edge) -> tuple[int, int]:
    edges = sorted({at for word in _WORD.finditer(text) for at in word.span()})
    if edge is Edge.START_OUT:
        return max(
            (at for at in edges if at < start and text[at] > " " and not text[at].isspace()), default=start
        ), end
    if edge is Edge.START_IN:
        return min((at for at in edges if start < at < end and not text[at].isspace()), default=start), end
    if edge is Edge.END_IN:
        return start, max((at for at in edges if start < at < end and text[at].isspace()), default=end)
    return start, min(
        (at for at in edges if at > end and (at == len(text) or text[at].isspace())), default=end
    )


def _mark_places(
    session: Session,
    work: Work,
    account: UnderReview,
    places: Iterable[tuple[int, int]],
    cover: Cover,
    first: tuple[Change, ...] = (),
) -> Done:
    """Put a mark on each place that does not carry an accepted one of the same extent.

    A suggestion there is accepted as covered now.
    """
    standing = {(row.start, row.end): row for row in account.marks if row.decision != MarkDecision.REJECTED}
    changes = list(first)
    for place in places:
        start, end = widen(account.version.text, *place)
        there = standing.get((start, end))
        if there is not None and there.decision == MarkDecision.ACCEPTED:
            continue
        mark = Mark(
            id=there.mark_id if there else secrets.token_hex(8),
            start=start,
            end=end,
            category=cover.category,
            withheld_from=cover.withheld_from,
            decision=MarkDecision.ACCEPTED,
            replacement=cover.replacement.strip(),
            entity=cover.entity or None,
            detector=there.detector if there else None,
            exact=exact_of(work, account.version.text[start:end], cover.exact),
        )
        changes.append((there, row_of(mark, require_work(account), (session.account.id, work.now))))
    forget_begun(session, work, account, CHOICE)
    return perform(session, work, account, "marked", tuple(changes))


def _decide(
    session: Session, work: Work, account: UnderReview, marks: tuple[MarkRow, ...], decision: MarkDecision
) -> Done:
    if decision is MarkDecision.PROPOSED:
        raise Invalid((Problem("decision", "unknown_code"),))
    changes = tuple(
        (mark, _decided(session, work, mark, decision)) for mark in marks if mark.decision != decision
    )
    return perform(session, work, account, decision.value, changes)


def _decided(session: Session, work: Work, mark: MarkRow, decision: MarkDecision) -> MarkRow:
    return replace(
        mark, decision=decision.value, decided_by=session.account.id, decided_at=timestamp(work.now)
    )


def log_redaction(work: Work, account: UnderReview, *acts: str) -> None:
    """Note that something was decided about an account."""
    work.log(Action.REDACTION_DECIDED, subject=account.subject, case=account.row.case_id, fields=acts)

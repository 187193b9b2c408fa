"""The second reviewer's first look at a copy of a text document: original and result side by side.

What is shown of the original is read out of it anew, by a process of its own; the marks are those that the maker signed
with the copy. The two must make the copy: otherwise what stands on the left is not what the right was made of.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience
from testimony.domain.redaction import (
    Mark,
    MarkDecision,
    build_release,
    remaining_occurrences,
    withheld_strings,
)
from testimony.policy.access import Permission, require
from testimony.services.approving_files import PLAIN, Copy, content_of, look_at_copy, require_made
from testimony.services.sessions import Session
from testimony.services.text_copies import content_hash, read_document, token_of
from testimony.services.variants import names_among, other_spellings
from testimony.storage import derivatives, originals


@dataclass(frozen=True, slots=True)
class Compared:
    """remaining, alike: code points of `released` that still say what is withheld, or may in another spelling."""

    copy: Copy
    original: str = field(repr=False)
    released: str = field(repr=False)
    marks: tuple[Mark, ...] = field(repr=False)
    remaining: tuple[Span, ...]
    alike: tuple[Span, ...]
    guessed: str = ""


def compare_text(session: Session, derivative_id: str, now: datetime) -> Compared:
    """It counts for a reviewer who may approve; the entry commits before a word is read.

    Raises NotFound for a copy that is no text; Conflict when the file reads otherwise now; Invalid when it is not read;
    IntegrityFailed when the copy is not what its marks make of it; as `open_account`.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        copy = look_at_copy(session, work, derivative_id)
        attachment = originals.find_attachment(work.connection, copy.row.code, copy.row.number)
        if copy.row.mime != PLAIN or attachment is None:
            raise NotFound
        work.log(
            Action.ITEM_SHOWN,
            subject=copy.account.subject,
            case=copy.account.row.case_id,
            fields=("attachment", "text", "file-copy", copy.row.layer),
            count=copy.row.number,
        )
    require_made(session.archive, copy.row)
    try:
        original, tool = read_document(session, copy.account, attachment)
    except Invalid:
        raise Invalid((Problem("document", "not_readable"),)) from None
    released = content_of(session.archive.objects, copy.row, copy.row.derivative_id).decode()
    marks = _marks(copy, original)
    audience = Audience(copy.row.audience)
    if build_release(original, marks, audience) != released:
        raise IntegrityFailed
    _note(session, copy, now)
    names = names_among(original, marks)
    return Compared(
        copy,
        original,
        released,
        marks,
        remaining_occurrences(released, withheld_strings(original, marks, audience)),
        other_spellings(released, names),
        tool.partition(" ")[2],
    )


def _marks(copy: Copy, original: str) -> tuple[Mark, ...]:
    """As they were signed. Raises Conflict."""
    told = json.loads(copy.row.parameters)
    if told["text_sha256"] != content_hash(original):
        raise Conflict
    return tuple(
        Mark(
            id=str(at),
            start=start,
            end=end,
            category=category,
            withheld_from=Audience(copy.row.audience),
            decision=MarkDecision.ACCEPTED,
            replacement=token_of(category, original[start:end]),
        )
        for at, (start, end, category) in enumerate(told["spans"])
    )


def _note(session: Session, copy: Copy, now: datetime) -> None:
    """That this reviewer compared it; to see it alone counts only after that."""
    if not copy.may_approve or copy.is_compared:
        return
    with session.work(now) as work:
        row = look_at_copy(session, work, copy.row.derivative_id).row
        if not derivatives.change_derivative(
            work.connection, row, compared_by=session.account.id, seen_by=None
        ):
            raise Conflict

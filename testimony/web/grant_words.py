"""Grants in words: standings, outcomes of requests, what can be wrong with what was asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString, lazy_gettext

from testimony.domain.grants import ClosedPart, Grant, GrantRequest
from testimony.services.grant_checks import REASON
from testimony.services.grant_views import RequestView
from testimony.web.custody_words import CLOSED_PARTS, Word
from testimony.web.log_views import purpose_label
from testimony.web.translation import listed

OUTCOMES: Mapping[str, Word] = {
    "waiting": (lazy_gettext("Waits for a custodian"), "caution"),
    "given": (lazy_gettext("Given"), "good"),
    "refused": (lazy_gettext("Refused"), "danger"),
    "taken-back": (lazy_gettext("Taken back"), ""),
    "stale": (lazy_gettext("Nobody answered in time"), ""),
    "broken": (lazy_gettext("Not what was signed"), "danger"),
}

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("case_id", "wall"): lazy_gettext(
        "A wall stands between this case and one that this person reads: nobody may read both."
    ),
    ("case_id", "no_second_custodian"): lazy_gettext(
        "Two people are needed for a grant, and no other custodian could approve this one. Invite one first."
    ),
    ("reason", "required"): lazy_gettext("Say what it is needed for."),
    ("reason", "too_long"): lazy_gettext("This is longer than 500 characters."),
    ("renews", "unknown"): lazy_gettext("There is no such grant to follow."),
    ("renews", "other"): lazy_gettext("The grant before is for another case."),
    ("renews", "too_early"): lazy_gettext("A grant is asked for again in its last 14 days, not before."),
    ("other", "same_case"): lazy_gettext("Choose another case: a wall stands between two."),
    ("other", "no_second_custodian"): lazy_gettext(
        "Two custodians are needed for a wall, and there is no other. Invite a second custodian first."
    ),
    **{
        (f"part_{part}", "required"): lazy_gettext("Say why just this closed part is needed.")
        for part in ClosedPart
    },
    **{
        (f"part_{part}", "too_long"): lazy_gettext("This is longer than 500 characters.")
        for part in ClosedPart
    },
}


@dataclass(frozen=True, slots=True)
class PartLine:
    """A closed part that was asked for, with its own reason; none where it is not for this person to read."""

    code: str
    name: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request on the pages. Empty where what is stored is not what was signed."""

    id: str
    handle: str
    asked_by: str
    is_own: bool
    outcome: Word
    case_id: str
    purposes: tuple[str, ...]
    parts: tuple[PartLine, ...]
    originals: bool
    first_day: datetime | None
    last_moment: datetime | None
    asked_at: datetime | None
    reason: str | None
    renews: str | None
    answered_by: str | None
    answer: str | None
    may_answer: bool
    waits: bool
    approvers: int


def request_line(view: RequestView) -> RequestLine:
    asked = view.asked
    return RequestLine(
        id=view.grant_id,
        handle=view.handle,
        asked_by=view.asked_by,
        is_own=view.handle == view.asked_by,
        outcome=OUTCOMES["stale" if view.is_stale and asked is not None else view.outcome],
        case_id="" if asked is None else asked.case_id,
        purposes=() if asked is None else purposes_of(asked),
        parts=() if asked is None else _parts(asked, view.words),
        originals=asked is not None and asked.originals,
        first_day=None if asked is None else asked.valid_from,
        last_moment=None if asked is None else asked.valid_until,
        asked_at=None if asked is None else asked.requested_at,
        reason=view.words.get(REASON),
        renews=None if asked is None else asked.renews,
        answered_by=view.answered_by,
        answer=view.answer,
        may_answer=view.may_answer,
        waits=asked is not None and view.outcome == "waiting" and not view.is_stale,
        approvers=view.approvers,
    )


def purposes_of(asked: GrantRequest | Grant) -> tuple[str, ...]:
    return tuple(purpose_label(purpose.value) for purpose in sorted(asked.purposes))


def parts_in_words(parts: Iterable[ClosedPart]) -> str:
    return listed(CLOSED_PARTS[part] for part in sorted(parts))


def _parts(asked: GrantRequest, words: Mapping[str, str]) -> tuple[PartLine, ...]:
    return tuple(
        PartLine(part.value, str(CLOSED_PARTS[part]), words.get(part.value))
        for part in sorted(asked.closed_parts)
    )

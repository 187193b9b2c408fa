"""What helps the accused cannot be left out of a release to a court unsaid, nor be unmarked by one person (R61)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.bearing import Bearing, MarkedPassage
from testimony.domain.errors import Refused
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark

COURTS = frozenset({"RT06", "RT07", "RT08"})
"""Codes of recipient.csv."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many passages of a kind leave whole, and how many do not."""

    contained: int
    withheld: int


def goes_to_court(audience: Audience, kind: str) -> bool:
    """Whether a layer is one for a court. kind: code of recipient.csv of the one it is for, or empty for an audience.

    A court may be given a layer made from partners' as well, which hides more: it is a court all the same.
    """
    return audience is Audience.COURT or kind in COURTS


def withheld_from_court(
    passages: Iterable[MarkedPassage], marks: Iterable[Mark], version: int, audience: Audience
) -> tuple[MarkedPassage, ...]:
    """Passages that help and are withheld, wholly or in part, from this audience.

    A passage of an older version counts as withheld, until it is marked in the new text or taken back: unknown is no.
    """
    hidden = [(mark.start, mark.end) for mark in marks if mark.is_withheld_from(audience)]
    return tuple(
        each
        for each in passages
        if each.stands
        and each.said.bearing.helps
        and (
            each.version != version
            or any(s < each.said.passage.end and each.said.passage.start < e for s, e in hidden)
        )
    )


def told_in(
    passages: Iterable[MarkedPassage], original: str, version: int, leaves: str
) -> dict[Bearing, Told]:
    """What a recipient is told of a text that leaves: a passage is in it when its words stand there whole."""
    counts = {bearing: [0, 0] for bearing in Bearing if bearing.helps}
    for each in passages:
        if each.stands and each.said.bearing.helps:
            words = original[each.said.passage.start : each.said.passage.end]
            counts[each.said.bearing][0 if each.version == version and words in leaves else 1] += 1
    return {bearing: Told(*pair) for bearing, pair in counts.items()}


def require_may_take_back(
    account: AccountId, passage: MarkedPassage, redactors: Collection[AccountId]
) -> None:
    """A mark that helps the accused is taken back by neither who made it nor who redacts. Raises Refused (DR12)."""
    if passage.said.bearing.helps and (account == passage.marked_by or account in redactors):
        raise Refused((DenyReason.SAME_PERSON,))

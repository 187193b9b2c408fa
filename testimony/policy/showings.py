"""Which entries of the log say that somebody saw something of a testimony, and what; the count of them by role.

Pure: values in, values out. What is not known here counts as a showing: a witness is told too much rather than too
little.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from testimony.domain.audit import Action
from testimony.domain.roles import Role


class Shown(StrEnum):
    """What was seen of a testimony, from the most to the least."""

    IDENTITY = "identity"
    ORIGINAL = "original"
    ORIGINAL_EXCERPT = "original-excerpt"
    PREPARED = "prepared"
    RELEASED = "released"
    FILE = "file"
    EXCERPT = "excerpt"
    CODED = "coded"
    LISTED = "listed"
    OTHER = "other"


READINGS = frozenset(
    {Shown.ORIGINAL, Shown.ORIGINAL_EXCERPT, Shown.PREPARED, Shown.RELEASED, Shown.FILE, Shown.EXCERPT}
)
"""Words or files of a witness were on somebody's screen."""

TEXTS = frozenset({Shown.ORIGINAL, Shown.PREPARED, Shown.RELEASED, Shown.FILE})
"""A whole text or file was opened, not found in a list."""

_NOT_SEEN = frozenset(
    {
        "register",
        "readers",
        "review-queue",
        "identity-request",
        "identity-requests",
        "identity-standing",
        "contact-task",
        "warning",
        "similar",
        "seen-by",
        "proof",
    }
)
"""First fields of entries about a testimony that show its number and standing and no word of it."""

_WITHOUT_KEYS = frozenset({Role.CUSTODIAN, Role.AUDITOR})
"""Who holds no key to any text: what they are shown are numbers and standings."""

_OPENED: Mapping[str, Shown] = {
    "text": Shown.RELEASED,
    "original": Shown.ORIGINAL,
    "attachment": Shown.FILE,
    "file-copy": Shown.FILE,
    "acts": Shown.CODED,
}
_LISTED: Mapping[str, Shown] = {
    "snippet": Shown.EXCERPT,
    "original": Shown.ORIGINAL_EXCERPT,
    "codes": Shown.LISTED,
    "files": Shown.LISTED,
}


def shown(action: Action, fields: Collection[str], roles: Collection[Role]) -> Shown | None:
    """What an allowed entry about a testimony showed to somebody with these roles; None when nothing of it."""
    if action is Action.IDENTITY_SHOWN:
        return Shown.IDENTITY
    if action not in (Action.ITEM_SHOWN, Action.LIST_SHOWN):
        return None
    first = next(iter(fields), "")
    if first in _NOT_SEEN or (roles and _WITHOUT_KEYS.issuperset(roles)):
        return None
    if action is Action.LIST_SHOWN:
        return _LISTED.get(first, Shown.OTHER)
    if Role.REVIEWER in roles and first != "text":
        # Whoever redacts or approves sees the original, marks, results and files on one desk.
        return Shown.PREPARED
    return _OPENED.get(first, Shown.OTHER)


@dataclass(frozen=True, slots=True)
class Showing:
    """One entry. person: tells one from another, and is never shown. purpose: a code; empty without one.

    field: which part of an identity; empty for everything else.
    """

    what: Shown
    person: str
    role: Role | None
    month: date
    purpose: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class SeenBy:
    """How many people of one role saw one thing for one purpose, and in which months, oldest first."""

    what: Shown
    role: Role | None
    purpose: str
    people: int
    months: tuple[date, ...]
    fields: tuple[str, ...] = ()


def count_showings(showings: Iterable[Showing]) -> tuple[SeenBy, ...]:
    """By what was seen, role and purpose; the most that was seen first.

    An excerpt is left out where the same person opened the whole for the same purpose: one reading is told once.
    """
    every = tuple(showings)
    opened = {(one.person, one.purpose) for one in every if one.what is Shown.RELEASED}
    originals = {(one.person, one.purpose) for one in every if one.what is Shown.ORIGINAL}
    groups: dict[tuple[Shown, Role | None, str], list[Showing]] = {}
    for one in every:
        mine = (one.person, one.purpose)
        if one.what is Shown.EXCERPT and mine in opened:
            continue
        if one.what is Shown.ORIGINAL_EXCERPT and mine in originals:
            continue
        groups.setdefault((one.what, one.role, one.purpose), []).append(one)
    order = list(Shown)
    counted = (
        SeenBy(
            what,
            role,
            purpose,
            len({one.person for one in group}),
            tuple(sorted({one.month for one in group})),
            tuple(sorted({one.field for one in group if one.field})),
        )
        for (what, role, purpose), group in groups.items()
    )
    return tuple(sorted(counted, key=lambda each: (order.index(each.what), each.role or "", each.purpose)))

"""Roles of accounts and which of them must not meet. Knows no account; the rule comes from role.csv."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import combinations

from testimony.domain.errors import IncompatibleRoles
from testimony.domain.vocabulary import load

_EVERY_OTHER = "every other role"


class Role(StrEnum):
    """What an account is for. One role joins the duties of one or two rows of role.csv."""

    INTERVIEWER = "interviewer"
    REVIEWER = "reviewer"
    INVESTIGATOR = "investigator"
    AUDITOR = "auditor"
    CUSTODIAN = "custodian"


DUTIES: dict[Role, tuple[str, ...]] = {
    Role.INTERVIEWER: ("INT",),
    Role.REVIEWER: ("RED", "REV"),
    Role.INVESTIGATOR: ("INV", "COD"),
    Role.AUDITOR: ("AUD",),
    Role.CUSTODIAN: ("CUS", "IDO"),
}
"""The rows of role.csv that each role fulfils."""


def _duty_excludes(duty: str, other: str) -> bool:
    forbidden = load("role").require(duty).columns["may_not_combine_with"].split("|")
    # "REV of own accounts" and "RED of same set" bind one testimony, not the account: policy/redaction.py.
    return other in forbidden or _EVERY_OTHER in forbidden


def are_compatible(one: Role, other: Role) -> bool:
    """Say whether one account may hold both roles."""
    return one is other or not any(
        _duty_excludes(mine, theirs) or _duty_excludes(theirs, mine)
        for mine in DUTIES[one]
        for theirs in DUTIES[other]
    )


def require_compatible(roles: Iterable[Role]) -> None:
    """Raises IncompatibleRoles for a pair that must not meet, and for no role at all."""
    held = frozenset(roles)
    if not held or not all(are_compatible(one, other) for one, other in combinations(held, 2)):
        raise IncompatibleRoles

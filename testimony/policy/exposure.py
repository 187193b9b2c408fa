"""Whom it touches when a key, an account or a copy is lost. Values in; codes by case, and how each could be seen, out.

Two questions are kept apart: what the archive itself would have shown (grants, what the log says was read), and what
the key opens for somebody who has the files and breaks the program. The second is wider and is never left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from testimony.domain.testimony import State


class Way(StrEnum):
    """How a testimony could have been seen. The first ones tell most."""

    TOOK_IT = "took_it"
    READ_IT = "read_it"
    ORIGINAL = "original"
    UNOPENED = "unopened"
    GRANTED = "granted"
    RELEASED = "released"
    IDENTITY = "identity"
    IDENTITY_PART = "identity_part"
    REGISTER = "register"


TELLING = frozenset(Way) - {Way.REGISTER, Way.IDENTITY_PART}
"""Ways by which words of the account or of the witness were within reach; the register holds codes, days, consents."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One testimony as the ledger knows it. in_inbox: sealed to the vault and not opened yet."""

    code: str
    case_id: str
    state: str
    submitted_on: str
    interviewer_id: str
    in_inbox: bool
    has_identity: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What was lost. opens: names of compartments whose secret it holds. identity_part: one share of several.

    account_id: whose; granted_cases: that the archive would have shown them; read: codes that the log says they were
    shown. since: first day on which it was not safe, for what the account took down itself; None: always.
    copied_on: day of a copy of the files, for a lost backup: nothing later is in it. ledger_too: whether the files
    are with it, so that what is sealed in the ledger is within reach.
    """

    opens: frozenset[str] = frozenset()
    identity_part: bool = False
    account_id: str | None = None
    granted_cases: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    since: date | None = None
    copied_on: date | None = None


@dataclass(frozen=True, slots=True)
class Exposed:
    """ways: in the order of Way. tells: whether words of the account or the witness were within reach."""

    code: str
    case_id: str
    ways: tuple[Way, ...]

    @property
    def tells(self) -> bool:
        return bool(TELLING & set(self.ways))


@dataclass(frozen=True, slots=True)
class CaseCount:
    """codes: how many testimonies of a case. telling: those whose words were within reach."""

    case_id: str
    codes: int
    telling: int
    ways: Mapping[Way, int]


_NEVER_OPENED = frozenset({State.CAPTURED, State.SEALED, State.QUARANTINED})


def exposed(lost: Lost, standings: Iterable[Standing]) -> tuple[Exposed, ...]:
    """Every testimony that is touched, by case and code."""
    last = None if lost.copied_on is None else lost.copied_on.isoformat()
    found = []
    for one in standings:
        if last is not None and one.submitted_on > last:
            continue
        if ways := tuple(way for way in Way if _applies(way, lost, one)):
            found.append(Exposed(one.code, one.case_id, ways))
    return tuple(sorted(found, key=lambda each: (each.case_id, each.code)))


def _applies(way: Way, lost: Lost, one: Standing) -> bool:
    match way:
        case Way.TOOK_IT:
            early = lost.since is not None and one.submitted_on < lost.since.isoformat()
            return one.interviewer_id == lost.account_id and not early
        case Way.READ_IT:
            return one.code in lost.read
        case Way.ORIGINAL:
            return "vault" in lost.opens and not one.in_inbox and one.state not in _NEVER_OPENED
        case Way.UNOPENED:
            return "vault" in lost.opens and one.in_inbox
        case Way.GRANTED:
            return one.case_id in lost.granted_cases and one.state == State.RELEASED
        case Way.RELEASED:
            return "reading_room" in lost.opens and one.state == State.RELEASED
        case Way.IDENTITY:
            return "identity" in lost.opens and one.has_identity
        case Way.IDENTITY_PART:
            return lost.identity_part and one.has_identity
        case Way.REGISTER:
            return "ledger" in lost.opens


def by_case(found: Iterable[Exposed]) -> tuple[CaseCount, ...]:
    cases: dict[str, list[Exposed]] = {}
    for one in found:
        cases.setdefault(one.case_id, []).append(one)
    return tuple(
        CaseCount(
            case_id,
            len(ones),
            sum(one.tells for one in ones),
            Counter(way for one in ones for way in one.ways),
        )
        for case_id, ones in sorted(cases.items())
    )

"""Acts as one account tells them: the source layer. What is held to have happened is another layer, elsewhere.

The unit is the act: one violation, one victim or counted group, one group of perpetrators (R49). Everything is a
code, a number, a date or a span: there is no field for free text, since free text would carry names (R37).
A coding is never edited: it is withdrawn, and another one takes its place (R50, R52).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from testimony.domain.accounts import AccountId
from testimony.domain.dates import Point, Precision, parse_date
from testimony.domain.errors import BadDate, Invalid, Problem
from testimony.domain.grants import ClosedPart
from testimony.domain.matching import Span
from testimony.domain.places import PlaceId
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.domain.witness import Sex

VOCABULARY_VERSION = "1"
"""Of violation.csv as this program carries it. An act keeps the version that it was coded with."""

MAX_VICTIMS = 1_000_000

INSIDER = "AT05"
"""The account type that puts a testimony among the insiders."""


class Unit(StrEnum):
    """What is counted."""

    PERSON = "person"
    HOUSEHOLD = "household"
    SETTLEMENT = "settlement"


class Attribute(StrEnum):
    """What is true of an act beside its code; not a code of its own, so that codes exclude each other."""

    MULTIPLE_PERPETRATORS = "multiple_perpetrators"
    IN_FRONT_OF_OTHERS = "in_front_of_others"
    AGAINST_CHILD = "against_child"
    IN_CUSTODY = "in_custody"


@dataclass(frozen=True, slots=True)
class Victims:
    """How many were harmed. minimum, maximum: None where the account does not say. age_band: a code, or None.

    Raises Invalid.
    """

    minimum: int | None = None
    maximum: int | None = None
    unit: Unit = Unit.PERSON
    sex: Sex = Sex.UNDISCLOSED
    age_band: str | None = None

    def __post_init__(self) -> None:
        least, most = self.minimum, self.maximum
        rules = (
            (least is None or 0 <= least <= MAX_VICTIMS, "victims_min", "out_of_range"),
            (most is None or 1 <= most <= MAX_VICTIMS, "victims_max", "out_of_range"),
            (least is None or most is None or least <= most, "victims_max", "below_minimum"),
            (self.age_band is None or self.age_band in load("age_band"), "age_band", "unknown_code"),
        )
        _require(rules)


@dataclass(frozen=True, slots=True)
class Perpetrators:
    """One group, what it did, and how the witness knew it. involvement, identified_by: codes, or None.

    Raises Invalid.
    """

    group: str
    involvement: str | None = None
    identified_by: str | None = None

    def __post_init__(self) -> None:
        rules = (
            (self.group in load("perp_group"), "group", "unknown_code"),
            (
                self.involvement is None or self.involvement in load("involvement"),
                "involvement",
                "unknown_code",
            ),
            (
                self.identified_by is None or self.identified_by in load("identified_by"),
                "identified_by",
                "unknown_code",
            ),
        )
        _require(rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What a coder says about one act.

    violation: a code of the second level of violation.csv. passage: code points of the released text that tell it.
    None once that release was replaced. basis: code of basis.csv. when: EDTF. outcome: code of victim_status.csv.
    Raises Invalid.
    """

    violation: str
    passage: Span | None
    basis: str
    victims: Victims = field(default_factory=Victims)
    perpetrators: Perpetrators | None = None
    place: PlaceId | None = None
    when: str | None = None
    methods: tuple[str, ...] = ()
    attributes: frozenset[Attribute] = frozenset()
    outcome: str | None = None

    def __post_init__(self) -> None:
        rules = (
            (self.violation in acts(), "violation", "unknown_code"),
            (self.passage is None or 0 <= self.passage.start < self.passage.end, "passage", "out_of_range"),
            (self.basis in load("basis"), "basis", "unknown_code"),
            (self.when is None or _is_date(self.when), "when", "bad_date"),
            (all(method in load("method") for method in self.methods), "methods", "unknown_code"),
            (len(set(self.methods)) == len(self.methods), "methods", "twice"),
            (self.outcome is None or self.outcome in load("victim_status"), "outcome", "unknown_code"),
        )
        _require(rules)

    @property
    def group(self) -> str:
        return group_of(self.violation)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedAct:
    """One act of one account, as one coder coded it from one release.

    vocabulary: version of violation.csv. coded_on, withdrawn_on: days. replaces: the act that this one corrects.
    source_is_current: whether the release that it was coded from is still the one that is read.
    """

    act_id: str
    code: str
    audience: Audience
    release_number: int
    source_is_current: bool
    vocabulary: str
    coding: Coding
    coder: AccountId
    coded_on: str
    replaces: str | None = None
    withdrawn_on: str | None = None
    withdrawn_by: AccountId | None = None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_on is not None


@cache
def acts() -> frozenset[str]:
    """The codes that an act may have: the second level of violation.csv."""
    return frozenset(term.code for term in load("violation").terms if term.columns["parent"])


def group_of(violation: str) -> str:
    """The first level: `PRO` of `PRO.03`."""
    return violation.partition(".")[0]


def closed_part_of(violation: str) -> ClosedPart | None:
    """The closed part that an account of this act must lie in; None where it may stay open. Source: R70."""
    if load("violation").require(violation).columns["closed_default"] != "yes":
        return None
    return ClosedPart.CHILDREN if group_of(violation) == "CHD" else ClosedPart.SEXUAL_VIOLENCE


def require_account_types(types: tuple[str, ...]) -> None:
    """Raises Invalid."""
    _require(
        (
            (all(code in load("account_type") for code in types), "account_types", "unknown_code"),
            (len(set(types)) == len(types), "account_types", "twice"),
        )
    )


def told_to(when: str, audience: Audience) -> str:
    """A date as an audience may be told it: the public no finer than the month. Source: DOMAIN 4.2 step 4.

    when: EDTF, as is the answer. Raises BadDate.
    """
    date = parse_date(when)
    if audience is not Audience.PUBLIC:
        return when
    if date.start is date.end:
        return _month(date.start)
    first, last = _month(date.start), _month(date.end)
    return first if first == last else f"{first}/{last}"


def _month(point: Point | None) -> str:
    if point is None:
        return ".."
    sign = {(True, True): "%", (True, False): "~", (False, True): "?"}.get(
        (point.approximate, point.uncertain), ""
    )
    year = f"{point.lower.year:04}"
    return f"{year}{sign}" if point.precision is Precision.YEAR else f"{year}-{point.lower.month:02}{sign}"


def _is_date(text: str) -> bool:
    try:
        parse_date(text)
    except BadDate:
        return False
    return True


def _require(rules: tuple[tuple[bool, str, str], ...]) -> None:
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)

"""In what two accounts differ, listed side by side. Neither is held to be right, and neither is corrected (F2, F10).

Pure. Compares what was coded of each and the numbers that stand in each text. Counts nothing over accounts: whether two
accounts tell of the same dead is a judgment, and no part of this.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from testimony.domain.acts import CodedAct

MIN_DIGITS = 3
"""A number of fewer digits is in every text; a plate, a telephone, a year or a frequency has as many."""

_NUMBER = re.compile(r"\d+(?:[-./ ]\d+)*")
"""Digits of any script, in groups: 76 11 22 33. Letters beside them, as of a plate, are not compared."""


class Topic(StrEnum):
    """What is compared."""

    ACTS = "acts"
    WHEN = "when"
    WHERE = "where"
    GROUP = "group"
    VICTIMS = "victims"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one account says of a topic and the other does not; both may say more that is the same.

    first, second: codes, dates, ids of places, ranges as `min-max`, or numbers as they stand in the text.
    """

    topic: Topic
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reordered:
    """Two numbers of the same digits in another order, as each account has it. Both are kept as they were heard."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Compared:
    differences: tuple[Difference, ...]
    reordered: tuple[Reordered, ...]


def compare(first: tuple[tuple[CodedAct, ...], str], second: tuple[tuple[CodedAct, ...], str]) -> Compared:
    """first, second: the acts of an account as the reader may be told them, and its text."""
    topics = {topic: (_said(topic, first[0]), _said(topic, second[0])) for topic in Topic}
    mine, theirs = numbers_in(first[1]), numbers_in(second[1])
    topics[Topic.NUMBERS] = (tuple(mine.values()), tuple(theirs.values()))
    differences = []
    for topic, (one, other) in topics.items():
        plain = plain_number if topic is Topic.NUMBERS else str
        known = (frozenset(map(plain, one)), frozenset(map(plain, other)))
        only = tuple(each for each in one if plain(each) not in known[1])
        only_other = tuple(each for each in other if plain(each) not in known[0])
        if only or only_other:
            differences.append(Difference(topic, only, only_other))
    reordered = tuple(
        Reordered(mine[one], theirs[other])
        for one in sorted(mine.keys() - theirs.keys())
        for other in sorted(theirs.keys() - mine.keys())
        if sorted(one) == sorted(other)
    )
    return Compared(tuple(differences), reordered)


def numbers_in(text: str) -> dict[str, str]:
    """The numbers of a text, by their digits alone in Latin script, as they stand there first."""
    found: dict[str, str] = {}
    for match in _NUMBER.finditer(text):
        digits = plain_number(match[0])
        if len(digits) >= MIN_DIGITS:
            found.setdefault(digits, match[0])
    return found


def plain_number(written: str) -> str:
    return "".join(str(unicodedata.digit(sign)) for sign in written if sign.isdecimal())


def _said(topic: Topic, acts: Iterable[CodedAct]) -> tuple[str, ...]:
    values = (_value(topic, act) for act in acts)
    return tuple(sorted({value for value in values if value is not None}))


def _value(topic: Topic, act: CodedAct) -> str | None:
    coding = act.coding
    if topic is Topic.ACTS:
        return coding.violation
    if topic is Topic.WHEN:
        return coding.when
    if topic is Topic.WHERE:
        return coding.place
    if topic is Topic.GROUP:
        return None if coding.perpetrators is None else coding.perpetrators.group
    if topic is Topic.VICTIMS:
        least, most = coding.victims.minimum, coding.victims.maximum
        said = f"{'' if least is None else least}-{'' if most is None else most}"
        return None if said == "-" else f"{coding.violation} {said}"
    return None

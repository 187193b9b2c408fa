"""Pairs of written person names, labelled: one person in two spellings, or two people who are hard to tell apart."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance.JaroWinkler import normalized_similarity as ratio

from benchmarks.names.groups import Group, forenames
from search.folding import fold
from search.languages import Script, script_of

_PARTICLES = {
    Script.LATIN: ("ag", "ould", "ben", "bin", "walet", "al-", "el ", "mint"),
    Script.CYRILLIC: ("аг", "ульд", "бен", "ибн"),
    Script.ARABIC: ("بن", "ولد", "ابن", "اغ"),
}
_TITLES = {
    Script.LATIN: ("Dr.", "Haji", "Sheikh", "Mr", "Gen."),
    Script.CYRILLIC: ("доктор", "генерал", "шейх"),
    Script.ARABIC: ("الدكتور", "الشيخ", "الحاج", "السيد"),
}
# What stands before a name, apart or in one word with it.
_JOINING = (
    {Script.LATIN: ("El ", "El"), Script.CYRILLIC: ("аль-", "Аль"), Script.ARABIC: ("ال", "ال")},
    {
        Script.LATIN: ("Abdel ", "Abdoul"),
        Script.CYRILLIC: ("Абдул ", "Абдул"),
        Script.ARABIC: ("عبد ال", "عبدال"),
    },
    {
        Script.LATIN: ("Abd al-", "Abdul"),
        Script.CYRILLIC: ("Абд аль-", "Абдель"),
        Script.ARABIC: ("عبد ال", "عبدال"),
    },
    {Script.LATIN: ("De ", "De")},
)
_ALL_PARTICLES = frozenset(particle for found in _PARTICLES.values() for particle in found)
# How many names are looked through for the one nearest in spelling to another.
_NEIGHBOURS = 400


class Kind(StrEnum):
    SPELLING = "spelling only"
    THREE = "three parts, each in another spelling"
    ORDER = "other order"
    LISTED = "SURNAME, forename"
    INITIAL = "forename as initial"
    PARTICLE = "particle added or dropped"
    TITLE = "title added or dropped"
    JOINED = "article joined or apart"
    MIDDLE = "middle name left out"
    DOUBLE = "second surname left out"
    SAME_FORENAME = "same forename, other surname"
    SAME_SURNAME = "same surname, other forename"
    NEAR = "one part nearly the same"
    ONE_OTHER = "one of three parts another"


_SHARES = {
    Kind.SPELLING: 7,
    Kind.THREE: 2,
    Kind.ORDER: 1,
    Kind.LISTED: 2,
    Kind.INITIAL: 2,
    Kind.PARTICLE: 1,
    Kind.TITLE: 1,
    Kind.JOINED: 1,
    Kind.MIDDLE: 2,
    Kind.DOUBLE: 1,
    Kind.SAME_FORENAME: 6,
    Kind.SAME_SURNAME: 6,
    Kind.NEAR: 6,
    Kind.ONE_OTHER: 2,
}
SAME = frozenset(_SHARES) - {Kind.SAME_FORENAME, Kind.SAME_SURNAME, Kind.NEAR, Kind.ONE_OTHER}


@dataclass(frozen=True, slots=True)
class Pair:
    one: str
    other: str
    kind: Kind

    @property
    def same(self) -> bool:
        return self.kind in SAME

    @property
    def scripts(self) -> str:
        return "–".join(sorted({script_of(self.one).value, script_of(self.other).value}))


class Pairs:
    """Draws pairs from groups. known: the groups of both halves, by which two names are known to be one."""

    def __init__(self, groups: Sequence[Group], known: Sequence[Group], seed: int) -> None:
        self._random = random.Random(seed)
        self._known = {pair for group in known for pair in group.pairs()}
        common = forenames()
        by_source: dict[str, dict[bool, list[Group]]] = defaultdict(lambda: {True: [], False: []})
        for group in groups:
            by_source[group.source][any(fold(name) in common for name in group.spellings)].append(group)
        self._sources = [(found[True], found[False]) for found in by_source.values()]
        self._near: dict[str, list[Group]] = defaultdict(list)
        for group in groups:
            for name in group.spellings:
                self._near[script_of(name)].append(group)

    def draw(self, count: int) -> tuple[Pair, ...]:
        """Return as many pairs of one person as of two, the kinds in fixed shares."""
        kinds = [kind for kind, share in _SHARES.items() for _ in range(share)]
        return tuple(self._pair(kinds[number % len(kinds)]) for number in range(count))

    def _pair(self, kind: Kind) -> Pair:
        while True:
            common, rest = self._sources[self._random.randrange(len(self._sources))]
            forename, surname = self._random.choice(common), self._random.choice(rest)
            scripts = self._scripts(forename, surname)
            one, other = (
                self._written((forename, surname), scripts[0]),
                self._written((forename, surname), scripts[1]),
            )
            if not one or not other:
                continue
            made = self._changed(kind, one, other, rest if self._random.random() < 0.7 else common, scripts)
            if made is not None and made[0] != made[1]:
                return Pair(*made, kind)

    def _scripts(self, *groups: Group) -> tuple[Script, Script]:
        """Return the scripts of the two sides: both names exist in each."""
        shared = set(Script)
        for group in groups:
            shared &= {script_of(name) for name in group.spellings}
        ordered = sorted(shared) or [Script.LATIN]
        return self._random.choice(ordered), self._random.choice(ordered)

    def _written(self, groups: Sequence[Group], script: Script) -> list[str]:
        names = []
        for group in groups:
            weighted = [
                (n, w) for n, w in zip(group.spellings, group.weights, strict=True) if script_of(n) is script
            ]
            if not weighted:
                return []
            names.append(
                self._random.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]
            )
        return names

    def _changed(
        self,
        kind: Kind,
        one: list[str],
        other: list[str],
        pool: Sequence[Group],
        scripts: tuple[Script, Script],
    ) -> tuple[str, str] | None:
        match kind:
            case Kind.ORDER:
                other.reverse()
            case Kind.LISTED:
                other = [f"{other[1].upper()},", other[0]]
            case Kind.INITIAL:
                other[0] = other[0][0] + self._random.choice((".", ""))
            case Kind.PARTICLE | Kind.TITLE:
                added = (_PARTICLES if kind is Kind.PARTICLE else _TITLES).get(scripts[0])
                if added is None:
                    return None
                one.insert(1 if kind is Kind.PARTICLE else 0, self._random.choice(added))
            case Kind.JOINED:
                joining = self._random.choice(_JOINING)
                if not joining.keys() >= set(scripts):
                    return None
                one[1] = joining[scripts[0]][0] + one[1].title()
                other[1] = joining[scripts[1]][1] + other[1].lower()
            case Kind.MIDDLE | Kind.DOUBLE:
                third = self._written((self._random.choice(pool),), scripts[0])
                if not third:
                    return None
                one.insert(1 if kind is Kind.MIDDLE else 2, *third)
                if kind is Kind.DOUBLE and self._random.random() < 0.5:
                    one[1:] = ["-".join(one[1:])]
            case Kind.THREE | Kind.ONE_OTHER:
                return self._of_three(kind, one, other, pool, scripts)
            case Kind.SAME_FORENAME | Kind.SAME_SURNAME:
                at = 1 if kind is Kind.SAME_FORENAME else 0
                stranger = self._written((self._random.choice(pool),), scripts[1])
                if not stranger or self._is_known(one[at], stranger[0]):
                    return None
                other[at] = stranger[0]
            case Kind.NEAR:
                at = self._random.randrange(2)
                if not (near := self._neighbour(one[at], other[at])):
                    return None
                other[at] = near
        return self._either_way(one, other)

    def _of_three(
        self,
        kind: Kind,
        one: list[str],
        other: list[str],
        pool: Sequence[Group],
        scripts: tuple[Script, Script],
    ) -> tuple[str, str] | None:
        middle = self._random.choice(pool)
        middles = [self._written((middle,), script) for script in scripts]
        if not all(middles):
            return None
        one.insert(1, *middles[0])
        other.insert(1, *middles[1])
        if kind is Kind.ONE_OTHER:
            at = self._random.randrange(3)
            stranger = self._written((self._random.choice(pool),), scripts[1])
            if not stranger or self._is_known(one[at], stranger[0]):
                return None
            other[at] = stranger[0]
        return self._either_way(one, other)

    def _either_way(self, one: list[str], other: list[str]) -> tuple[str, str]:
        written = (self._cased(one), self._cased(other))
        return written if self._random.random() < 0.5 else written[::-1]

    def _neighbour(self, one: str, other: str) -> str:
        """Return another name that is spelled nearly like `other`; empty when none looked at is near."""
        near = self._near[script_of(other)]
        looked = self._random.sample(near, min(len(near), _NEIGHBOURS))
        names = [name for group in looked for name in group.spellings if script_of(name) is script_of(other)]
        scored = [(ratio(fold(other), fold(name)), name) for name in names]
        return next(
            (
                name
                for likeness, name in sorted(scored, reverse=True)
                if likeness < 1 and not self._is_known(one, name) and not self._is_known(other, name)
            ),
            "",
        )

    def _is_known(self, one: str, other: str) -> bool:
        first, second = sorted((fold(one), fold(other)))
        return first == second or (first, second) in self._known

    @staticmethod
    def _cased(parts: Sequence[str]) -> str:
        kept = (part if part in _ALL_PARTICLES or not part.islower() else part.title() for part in parts)
        return " ".join(kept).replace("- ", "-")

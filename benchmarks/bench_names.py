"""Names across spellings and scripts, on pairs from groups that nothing was learned from or tuned on.

Every pair is two full names: one person in two spellings, or two people who share a part or are spelled nearly
alike; as many of the one as of the other. Beside the archive's rules stands the plain way: letters folded and
written in Latin, edit distance on the part that agrees least, at the distance that suits the learning half best.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import median

from rapidfuzz.distance import Levenshtein

from benchmarks.names.groups import Group, Half, halves
from benchmarks.names.pairs import SAME, Kind, Pair, Pairs
from benchmarks.names.searching import Answers, searched
from benchmarks.report import Bar, Table, at_least
from search.folding import written_words
from search.name_forms import name_parts
from search.names import NameTerms, is_same_name

# One Latin letter for each, as any first try would have it.
LETTERS = str.maketrans(
    "абвгдежзийклмнопрстуфхцчшщыэюяёіїєўبتثجحخدذرزسشصضطظعغفقكلمنهويا",
    "abvgdejziyklmnoprstufhccssyeuaeiiewbttjhkdzrzsssdtzagfkklmnhwya",
    "ъьء",
)
HELD_OUT_PAIRS = 4_000
LEARNING_PAIRS = 2_000
SEARCHED_PAIRS = 2_000
STRANGERS = 3_000
STRANGERS_SEED = 4
SEEDS = {Half.LEARN: 1, Half.HELD_OUT: 20_261_122}
COLUMNS = ("", "pairs", "precision", "recall", "F1")
PUBLISHED = ("published, other pairs (nomenklatura logicv2)", "", "0.700", "0.789", "0.742")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of pairs said to be one person: rightly, wrongly; and those missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def run() -> tuple[Table | Bar, ...]:
    dealt = halves()
    known = [group for groups in dealt.values() for group in groups]
    learning = Pairs(dealt[Half.LEARN], known, SEEDS[Half.LEARN]).draw(LEARNING_PAIRS)
    held_out = Pairs(dealt[Half.HELD_OUT], known, SEEDS[Half.HELD_OUT]).draw(HELD_OUT_PAIRS)
    started = time.perf_counter()
    said = [_found(pair) for pair in held_out]
    seconds = time.perf_counter() - started
    score = _score(held_out, said)
    plain = _score(held_out, _plainly(held_out, _best_limit(learning)))
    asked = held_out[:SEARCHED_PAIRS]
    strangers = Pairs(dealt[Half.HELD_OUT], known, STRANGERS_SEED).draw(STRANGERS)
    answers = searched(asked, [pair.one for pair in strangers])
    found = _score(asked, answers.own)
    rows = (
        _row("held-out half", held_out, score),
        _row("learning half", learning, _score(learning, [_found(pair) for pair in learning])),
        _row("plain edit distance, held-out half", held_out, plain),
        PUBLISHED,
    )
    return (
        Table("Pairs of person names", COLUMNS, rows),
        _through_a_search(asked, answers, _plainly(asked, _best_limit(learning))),
        _by_scripts(held_out, said),
        _by_kind("pairs compared", held_out, said),
        _by_kind("through a search", asked, answers.own),
        _speed(dealt[Half.HELD_OUT], len(held_out) / seconds),
        at_least("name F1", score.f1, 0.80),
        at_least("name recall", score.recall, 0.85),
        at_least("name search F1", found.f1, 0.80),
        at_least("name search recall", found.recall, 0.85),
    )


def _found(pair: Pair) -> bool:
    return is_same_name(written_words(pair.one), written_words(pair.other))


def _score(pairs: Sequence[Pair], said: Iterable[bool]) -> Score:
    outcomes = [(pair.same, one) for pair, one in zip(pairs, said, strict=True)]
    return Score(outcomes.count((True, True)), outcomes.count((False, True)), outcomes.count((True, False)))


def _row(name: str, pairs: Sequence[Pair], score: Score) -> tuple[str, ...]:
    return (name, f"{len(pairs):,}", *(f"{share:.3f}" for share in (score.precision, score.recall, score.f1)))


def _by_scripts(pairs: Sequence[Pair], said: Sequence[bool]) -> Table:
    rows = []
    for scripts in sorted({pair.scripts for pair in pairs}):
        chosen = [(pair, one) for pair, one in zip(pairs, said, strict=True) if pair.scripts == scripts]
        own = [pair for pair, _ in chosen]
        rows.append(_row(scripts, own, _score(own, (one for _, one in chosen))))
    return Table("By script, held-out half", COLUMNS, tuple(rows))


def _through_a_search(pairs: Sequence[Pair], answers: Answers, plainly: Sequence[bool]) -> Table:
    score = _score(pairs, answers.own)
    # Strictest: each text of somebody else counts as wrong, among thousands, alike in name by chance or not.
    strict = Score(score.right, score.wrong + sum(answers.strangers), score.missed)
    rows = (
        _row("the text of the pair, held-out half", pairs, score),
        _row(f"all texts found, {STRANGERS + len(pairs):,} asked", pairs, strict),
        _row("plain edit distance, pairs compared", pairs, _score(pairs, plainly)),
        PUBLISHED,
        ("median time of a search", f"{median(answers.milliseconds):.1f} ms", "", "", ""),
    )
    return Table("Through a search", COLUMNS, rows)


def _by_kind(how: str, pairs: Sequence[Pair], said: Sequence[bool]) -> Table:
    rows = []
    for kind in Kind:
        outcomes = [one == pair.same for pair, one in zip(pairs, said, strict=True) if pair.kind is kind]
        people = "one person" if kind in SAME else "two people"
        rows.append((kind.value, people, f"{len(outcomes):,}", f"{sum(outcomes) / len(outcomes):.3f}"))
    return Table(f"By kind, held-out half, {how}", ("", "who", "pairs", "told rightly"), tuple(rows))


def _speed(groups: Sequence[Group], pairs_a_second: float) -> Table:
    words = list(dict.fromkeys(name.title() for group in groups for name in group.spellings))
    rows = [("pairs compared", f"{pairs_a_second:,.0f}")]
    for what, terms in (("keys of words never met", words), ("keys of words met before", words)):
        known = NameTerms()
        if "before" in what:
            known.update((word, known[word]) for word in words)
        rows.append((what, f"{len(words) / _seconds(known.__getitem__, terms):,.0f}"))
    return Table("Speed", ("", "a second"), tuple(rows))


def _seconds(work: Callable[[str], str], words: Iterable[str]) -> float:
    started = time.perf_counter()
    for word in words:
        work(word)
    return time.perf_counter() - started


def _plainly(pairs: Iterable[Pair], limit: float) -> list[bool]:
    return [_plain_likeness(pair) >= limit for pair in pairs]


def _best_limit(pairs: Sequence[Pair]) -> float:
    limits = [step / 20 for step in range(4, 20)]
    likenesses = [_plain_likeness(pair) for pair in pairs]
    return max(limits, key=lambda limit: _score(pairs, (likeness >= limit for likeness in likenesses)).f1)


def _plain_likeness(pair: Pair) -> float:
    names = (
        [part.translate(LETTERS) for part in name_parts(written_words(name))]
        for name in (pair.one, pair.other)
    )
    shorter, longer = sorted(names, key=len)
    return max(
        (
            min(map(_letters_alike, shorter, chosen))
            for chosen in permutations(longer, len(shorter))
            if shorter
        ),
        default=0.0,
    )


def _letters_alike(one: str, other: str) -> float:
    if 1 in (len(one), len(other)):
        return float(one[:1] == other[:1])
    return Levenshtein.normalized_similarity(one, other)

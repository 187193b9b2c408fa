"""How well spans cover what has to be hidden, by the definitions of the Text Anonymization Benchmark.

A word is a run of letters and digits. A mention is covered when each of its words is; an entity, when each of its
mentions is. Token precision: the share of covered words that somebody wanted hidden.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchmarks.redaction.corpora import DIRECT, Annotated

WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Share:
    right: int = 0
    all: int = 0

    def add(self, right: int, of: int = 1) -> None:
        self.right += right
        self.all += of

    def __float__(self) -> float:
        return self.right / self.all if self.all else 1.0

    def __str__(self) -> str:
        return f"{float(self):.3f}" if self.all else "-"


@dataclass(slots=True)
class Score:
    """Sums over documents."""

    tokens: Share = field(default_factory=Share)
    mentions: Share = field(default_factory=Share)
    precision: Share = field(default_factory=Share)
    entities: dict[str, Share] = field(default_factory=dict)
    by_type: dict[str, Share] = field(default_factory=dict)

    def add(self, document: Annotated, spans: Iterable[tuple[int, int]]) -> None:
        covered = _united(spans)
        wanted: set[tuple[int, int]] = set()
        whole: dict[tuple[str, str], bool] = {}
        for mention in document.to_mask:
            words = words_of(document.text, mention.start, mention.end)
            hidden = [_is_covered(covered, *word) for word in words]
            wanted.update(words)
            self.tokens.add(sum(hidden), len(hidden))
            self.mentions.add(all(hidden))
            self.by_type.setdefault(mention.type, Share()).add(all(hidden))
            key = (mention.need, mention.entity)
            whole[key] = whole.get(key, True) and all(hidden)
        for (need, _), is_whole in whole.items():
            self.entities.setdefault(need, Share()).add(is_whole)
        for start, end in covered:
            said = words_of(document.text, start, end)
            self.precision.add(sum(word in wanted for word in said), len(said))

    @property
    def direct(self) -> Share:
        return self.entities.get(DIRECT, Share())


def words_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [match.span() for match in WORD.finditer(text, start, end)]


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _is_covered(covered: list[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_right(covered, (start, 1 << 62)) - 1
    return at >= 0 and covered[at][0] <= start and covered[at][1] >= end


def row(name: str, score: Score) -> tuple[str, ...]:
    shares: Mapping[str, Share] = score.entities
    figures = (
        score.tokens,
        score.mentions,
        shares.get("DIRECT", Share()),
        shares.get("QUASI", Share()),
        score.precision,
    )
    return (name, *map(str, figures))

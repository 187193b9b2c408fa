"""Groups of spellings that are one name part, dealt out once and for all to the half that is learned from and the
half that only measures."""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import combinations

from benchmarks.report import data
from search.folding import fold

# One spelling is met 151 times and another once: a cap keeps the common ones from being all there is.
CAP = 5


class Half(StrEnum):
    LEARN = "learn"
    HELD_OUT = "held out"


class Source(StrEnum):
    ARABIC = "arabic"
    RUSSIAN = "russian"
    WIKIDATA = "wikidata"


@dataclass(frozen=True, slots=True)
class Group:
    """Spellings that are one name part. weights: how often each is met, one per spelling, at most CAP."""

    source: Source
    spellings: tuple[str, ...]
    weights: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.spellings) != len(self.weights):
            raise ValueError("every spelling has one weight")

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return every two spellings, folded and in order."""
        return frozenset(combinations(sorted({fold(spelling) for spelling in self.spellings}), 2))


def halves() -> dict[Half, tuple[Group, ...]]:
    """Return all groups by half; no two spellings stand together in both. Raises DataAbsent."""
    dealt: dict[Half, list[Group]] = {half: [] for half in Half}
    for identity, group in _all_groups():
        first = blake2b(identity.encode(), digest_size=1).digest()[0] % 2 == 0
        dealt[Half.LEARN if first else Half.HELD_OUT].append(group)
    learned = {pair for group in dealt[Half.LEARN] for pair in group.pairs()}
    unseen = tuple(group for group in dealt[Half.HELD_OUT] if learned.isdisjoint(group.pairs()))
    return {Half.LEARN: tuple(dealt[Half.LEARN]), Half.HELD_OUT: unseen}


def forenames() -> frozenset[str]:
    """Return the folded forenames that are common in some country. Raises DataAbsent."""
    text = gzip.decompress(data("names/common-forenames-by-country.csv.gz").read_bytes()).decode("utf-8-sig")
    return frozenset(fold(row["Romanized Name"]) for row in csv.DictReader(text.splitlines()))


def _all_groups() -> Iterator[tuple[str, Group]]:
    for source in (Source.ARABIC, Source.RUSSIAN):
        path = data(f"names/{source}_latin_variant_groups_dev.jsonl.gz")
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            row = json.loads(line)
            met = [(name, count) for name, count in row["latin"] if _is_one_word(name)]
            native = row["native"]
            if not met or not _is_one_word(native):
                continue
            counts = [min(count, CAP) for _, count in met]
            yield native, Group(source, (native, *(name for name, _ in met)), (max(counts), *counts))
    lines = gzip.decompress(data("names/wikidata_name_groups.txt.gz").read_bytes()).decode().splitlines()
    for line in lines:
        names, _, identity = line.partition(" => ")
        spellings = tuple(name for name in names.split(", ") if _is_one_word(name))
        if len(spellings) > 1:
            yield identity, Group(Source.WIKIDATA, spellings, (1,) * len(spellings))


def _is_one_word(name: str) -> bool:
    return len(fold(name)) > 1 and not any(letter.isspace() or letter in "-,()" for letter in name)

"""Arabic text to learn from, made of our own sentences and free lists of names: no annotated Arabic text is to be had.

What is made for measuring shares no sentence, name or village with what is made for learning. A name is also either
listed or not (`names-ar.txt`, what a reader looks names up in), so that the model learns to do without the list.
The Universal Declaration in Arabic is running text in which nothing is to be marked.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

from babel import Locale

from benchmarks.redaction.corpora import QUASI, Annotated, Mention
from benchmarks.report import data
from search.folding import fold
from testimony.detection.lexicon import Kind, lexicon_for

SENTENCES = Path(__file__).with_name("arabic_sentences.txt")
GROUPS, VARIANTS = "names/wikidata_name_groups.txt.gz", "names/arabic_latin_variant_groups_dev.jsonl.gz"
PLACES, DECLARATION = "geo/sahel_places.csv.gz", "text/udhr.jsonl.gz"
LEARNED, UNSEEN = "learned", "unseen"
DOCUMENTS = {LEARNED: 900, UNSEEN: 200}
TYPES = {
    "p": "PERSON",
    "l": "LOC",
    "j": "PROFESION",
    "a": "EDAD_SUJETO_ASISTENCIA",
    "d": "DATE",
    "o": "ORG",
    "t": "ETHNIC_CATEGORY",
}
_ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a]{3,10}")
_PIECE = re.compile(r"(\{[a-z]:[^}]*\})")
_SLOT = re.compile(r"<(\w+)>")
_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def is_unseen(word: str) -> bool:
    """Say whether a name is kept for measuring; the same on every machine."""
    return crc32(fold(word).encode()) % 5 == 0


def is_listed(word: str) -> bool:
    return (
        word in words_under("common men")
        or word in words_under("common women")
        or crc32(b"listed " + fold(word).encode()) % 4 != 1
    )


@cache
def name_words() -> tuple[str, ...]:
    """One-word names in Arabic letters, in order. Raises DataAbsent."""
    found = {*words_under("common men"), *words_under("common women")}
    for line in gzip.decompress(data(GROUPS).read_bytes()).decode().splitlines():
        found.update(word.strip() for word in line.partition("=>")[0].split(","))
    found |= set(_variants())
    return tuple(sorted(word for word in found if _ARABIC.fullmatch(word)))


@cache
def _variants() -> tuple[str, ...]:
    lines = gzip.decompress(data(VARIANTS).read_bytes()).decode().splitlines()
    return tuple(json.loads(line)["native"] for line in lines)


def listed_words() -> tuple[str, ...]:
    """What `names-ar.txt` holds: folded, in order."""
    return tuple(sorted({fold(word) for word in name_words() if is_listed(word)}))


@dataclass(frozen=True, slots=True)
class _Words:
    """What fills the slots of one part."""

    men: Sequence[str] = field(repr=False)
    women: Sequence[str] = field(repr=False)
    others: Sequence[str] = field(repr=False)
    villages: Sequence[str] = field(repr=False)
    cities: Sequence[str] = field(repr=False)
    trades: Sequence[str] = field(repr=False)


@cache
def _words(part: str) -> _Words:
    def ours(words: Sequence[str]) -> list[str]:
        return sorted({word for word in words if is_unseen(word) == (part == UNSEEN)})

    known = [word for word in _variants() if _ARABIC.fullmatch(word)]
    women = [word for word in known if word[-1] in "ةاى"]
    common_men, common_women = (
        (words_under("common men"), words_under("common women")) if part == LEARNED else ((), ())
    )
    villages = [
        f"{head} {tail}" for head in words_under("village heads") for tail in words_under("village tails")
    ]
    villages += [
        tail[2:] if tail.startswith("ال") else tail for tail in words_under("village tails")
    ] + _places()
    lexicon = lexicon_for("ar")
    return _Words(
        men=[*ours([word for word in known if word not in women]), *common_men * 3],
        women=[*ours(women), *common_women * 3],
        others=ours(name_words()),
        villages=ours(villages),
        cities=ours(_cities()),
        trades=ours([word for word in words_under("trades") if lexicon[word][1] & Kind.OCCUPATION]),
    )


def _places() -> list[str]:
    rows = gzip.decompress(data(PLACES).read_bytes()).decode("utf-8-sig").splitlines()
    return sorted({word for row in rows for word in re.split('[,"]', row) if _ARABIC.fullmatch(word)})


def _cities() -> list[str]:
    arabic = Locale.parse("ar")
    cities = [zone["city"] for zone in arabic.time_zones.values() if isinstance(zone.get("city"), str)]
    return sorted({word for word in (*cities, *arabic.territories.values()) if _ARABIC.match(word)})


@cache
def words_under(heading: str) -> tuple[str, ...]:
    """Words of the sentences' file, in order. "common men", "common women": they are learned from and listed."""
    return tuple(word for line in _lines(heading) for word in line.split())


def _lines(heading: str) -> Iterator[str]:
    here = False
    for line in SENTENCES.read_text("utf-8").splitlines():
        if line.startswith("["):
            here = line == f"[{heading}]"
        elif here and line and not line.startswith("#"):
            yield line


def sentences(kind: str, part: str) -> tuple[str, ...]:
    """kind: "told" or "plain"."""
    return tuple(_lines(f"{kind} {part}"))


class _Filler:
    """Fills slots; within a document the same people come again."""

    def __init__(self, words: _Words, chance: random.Random) -> None:
        self._words, self._chance = words, chance
        self._met: dict[str, str] = {}

    def fill(self, slot: str) -> str:
        if slot in ("m", "f", "M", "F", "v") and slot in self._met and self._chance.random() < 0.3:
            return self._met[slot]
        made = self._made(slot)
        self._met[slot] = made
        return made

    def _one(self, words: Sequence[str]) -> str:
        return self._chance.choice(words)

    def _given(self, woman: bool) -> str:
        words = self._words
        if self._chance.random() < 0.3:
            return self._one(words.others)
        return self._one(words.women if woman else words.men)

    def _full(self, woman: bool) -> str:
        given, father, further = self._given(woman), self._given(False), self._one(self._words.others)
        of = self._one(("بنت", "منت", "بنت")) if woman else self._one(("بن", "ولد", "آغ", "ابن", "أغ"))
        article = further if further.startswith("ال") else f"ال{further}"
        forms = (
            f"{given} {father}",
            f"{given} {further}",
            f"{given} {article}",
            f"{given} {father} {article}",
        )
        return self._one((*forms, f"{given} {of} {father}", f"{given} {of} {father} {further}"))

    def _made(self, slot: str) -> str:
        chance, words = self._chance, self._words
        if slot in ("m", "f"):
            return self._given(slot == "f")
        if slot in ("M", "F"):
            return self._full(slot == "F")
        if slot in ("k", "h"):
            return f"{self._one(('أبو', 'أبي', 'أبا') if slot == 'k' else ('أم',))} {self._given(False)}"
        if slot == "t":
            return f"{self._one(words_under('tribe heads'))} {self._one(words.others)}"
        fixed = {
            "s": words.others,
            "v": words.villages,
            "c": words.cities,
            "j": words.trades,
            "mo": words_under("months"),
            "n": words_under("numbers"),
        }
        if slot in fixed:
            return self._one(fixed[slot])
        year = str(chance.randint(1990, 2025))
        number = {"g": str(chance.randint(6, 80)), "y": year}.get(
            slot, f"{chance.randint(1, 30)} {self._one(words_under('months'))} {year}"
        )
        return number.translate(_INDIC) if chance.random() < 0.4 else number


def made(part: str, count: int = 0) -> tuple[Annotated, ...]:
    """Accounts made of sentences of one part; the same each time. Raises DataAbsent."""
    chance = random.Random(f"arabic {part}")
    told, plain, words = sentences("told", part), sentences("plain", part), _words(part)
    documents = []
    for number in range(count or DOCUMENTS[part]):
        filler = _Filler(words, chance)
        lines = [
            chance.choice(told if chance.random() < 0.55 else plain) for _ in range(chance.randint(4, 16))
        ]
        documents.append(_document(f"{part}-{number}", lines, filler, chance))
    return tuple(documents)


def _document(name: str, lines: Sequence[str], filler: _Filler, chance: random.Random) -> Annotated:
    text, mentions = "", []
    for line in lines:
        if chance.random() < 0.1:
            line = line.rstrip(".")
        for piece in _PIECE.split(line):
            marked = piece.startswith("{")
            words = _SLOT.sub(lambda slot: filler.fill(slot[1]), piece[3:-1] if marked else piece)
            if marked:
                end = len(text) + len(words)
                mentions.append(Mention(len(text), end, TYPES[piece[1]], QUASI, words))
            text += words
        text += chance.choice((" ", " ", " ", "\n"))
    return Annotated(name, "ar", text.rstrip(), tuple(mentions))


def declaration() -> tuple[tuple[Annotated, ...], tuple[Annotated, ...]]:
    """The Universal Declaration: what is learned from, and the last third, which is read alone. Raises DataAbsent."""
    lines = gzip.decompress(data(DECLARATION).read_bytes()).decode().splitlines()
    text = next(row["text"] for row in map(json.loads, lines) if row["id"] == "udhr-arb")
    parts = [part for part in text.split("\n") if part.strip()]
    cut = len(parts) * 2 // 3
    return tuple(_untouched(f"udhr-{at}", part) for at, part in enumerate(_grouped(parts[:cut]))), tuple(
        _untouched(f"udhr-unseen-{at}", part) for at, part in enumerate(_grouped(parts[cut:]))
    )


def _grouped(parts: Sequence[str]) -> Iterator[str]:
    for at in range(0, len(parts), 6):
        yield "\n".join(parts[at : at + 6])


def _untouched(name: str, text: str) -> Annotated:
    return Annotated(name, "ar", text, ())

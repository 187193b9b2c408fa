"""What is asked of the search engines: a few queries of each kind, in the language of each engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.testimonies import SMALL_CASE

COMMONEST = "commonest word"


@dataclass(frozen=True, slots=True)
class Asked:
    """One query in each engine's language; empty where an engine has no such query.

    FTS5, Whoosh and Tantivy have no names: there both parts are asked as spelled. case: the one case of the reader.
    """

    kind: str
    ours: str
    bare: str
    whoosh: str
    tantivy: str = ""
    case: str = ""


WORDS = {
    "rare word": ("lantern", "sassafras", "quilting", "ghost", "fiddle", "ferry"),
    "common word": ("children", "master", "freedom", "plantation", "soldiers", "doctor"),
    COMMONEST: ("the", "and", "was"),
}
PAIRS = (
    ("children", "mother"),
    ("soldiers", "freedom"),
    ("doctor", "children"),
    ("master", "whip"),
    ("lantern", "night"),
    ("sugar", "molasses"),
)
PHRASES = ("big house", "civil war", "hard times", "corn bread", "ku klux", "old master")
BEGINNINGS = ("planta", "whip", "pray", "overse", "marri", "sold")
MISSPELLED = (
    ("childrn", "children"),
    ("plantashun", "plantation"),
    ("preachr", "preacher"),
    ("molases", "molasses"),
    ("freedum", "freedom"),
    ("overseear", "overseer"),
)
NAMES = (
    ("Charlie Aarons", "charlie", "aarons"),
    ("Abraham Lincoln", "abraham", "lincoln"),
    ("Jeff Davis", "jeff", "davis"),
    ("Bernice Bowden", "bernice", "bowden"),
    ("Annie Ruth", "annie", "ruth"),
    ("Elmer Turnage", "elmer", "turnage"),
)
MONTHS = ("2024-03", "2024-07", "2024-11")


def queries() -> tuple[Asked, ...]:
    return tuple(_queries())


def warming() -> tuple[Asked, ...]:
    """Other queries of each kind, so that what is measured are answers and not the first steps of a process."""
    words, phrases = (
        ("chimney", "church", "cotton", "horses", "river", "wagon"),
        ("cotton field", "old woman"),
    )
    asked = [Asked("warming", word, word, word, word) for word in words]
    for one, other in pairwise(words):
        for joined in (f"{one} AND {other}", f"{one} OR {other}"):
            asked.append(Asked("warming", joined, joined, joined, joined))
    asked += [Asked("warming", f'"{each}"', f'"{each}"', f'"{each}"', f'"{each}"') for each in phrases]
    asked += [Asked("warming", f"{word[:4]}*", f"{word[:4]}*", f"{word[:4]}*") for word in words]
    asked += [Asked("warming", f"{word[:-1]}~", word, f"{word[:-1]}~") for word in words]
    asked.append(Asked("warming", 'name:"Henry Clay"', "henry AND clay", "henry AND clay", "henry AND clay"))
    asked.append(Asked("warming", "river month:2024-05", "river", "river AND month:2024-05", "river"))
    asked.append(Asked("warming", "river", "river", "river", "river", SMALL_CASE))
    return tuple(asked)


def _queries() -> Iterator[Asked]:
    for kind, words in WORDS.items():
        for word in words:
            yield Asked(kind, word, word, word, word)
    for one, other in PAIRS:
        both, either = f"{one} AND {other}", f"{one} OR {other}"
        yield Asked("AND", both, both, both, both)
        yield Asked("OR", either, either, either, either)
    for phrase in PHRASES:
        quoted = f'"{phrase}"'
        yield Asked("phrase", quoted, quoted, quoted, quoted)
    for begins in BEGINNINGS:
        yield Asked("prefix", f"{begins}*", f"{begins}*", f"{begins}*")
    for wrong, right in MISSPELLED:
        # Plain FTS5 has no fuzzy words: there the right word is asked, the least that such a query costs.
        distance = "~2" if wrong == "overseear" or wrong == "plantashun" else "~"
        yield Asked("fuzzy", f"{wrong}{distance}", right, f"{wrong}{distance}")
    for name, first, last in NAMES:
        both = f"{first} AND {last}"
        yield Asked("name", f'name:"{name}"', both, both, both)
    for word, month in zip(("mother", "doctor", "freedom"), MONTHS, strict=True):
        yield Asked("filtered", f"{word} month:{month}", word, f"{word} AND month:{month}", word)
    for word in ("children", "doctor", "freedom"):
        yield Asked("grant of 1 %", word, word, word, word, SMALL_CASE)

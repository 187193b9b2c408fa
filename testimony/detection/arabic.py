"""What an Arabic word shows beside its letters: what is joined to it, and whether the rest is a name that is listed.

`data/names-ar.txt` holds one-word names, folded, of free lists; `python -m benchmarks.redaction ar` writes it. Many
are ordinary words too: it is a hint for the model, never a finding.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_FIRST, _LAST = "\u0600", "\u06ff"
# "and", "so", "with", "for", "as", the article, and what they make together; the longest first.
_JOINED = ("وبال", "فبال", "وال", "فال", "بال", "كال", "ولل", "لل", "ال", "وب", "ول", "فل", *"وفبلك")
_ENDINGS = ("ون", "ين", "ات", "ان", "وا", "هم", "ها", "نا", "كم", "ني", "ته", "تم")


@cache
def listed_names() -> frozenset[str]:
    text = files("testimony.detection.data").joinpath("names-ar.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def is_arabic(folded: str) -> bool:
    return _FIRST <= folded[:1] <= _LAST


def stem_of(folded: str) -> tuple[str, str]:
    """Return what seems joined in front of a word, and the rest; nothing is where less than three letters are left."""
    for joined in _JOINED:
        if folded.startswith(joined) and len(folded) >= len(joined) + 3:
            return joined, folded[len(joined) :]
    return "", folded


def arabic_features(folded: str, kinds: int, at: str) -> Iterator[str]:
    """at: "0:" for the word itself, "-1:" for the one before."""
    names = listed_names()
    joined, stem = stem_of(folded)
    seen = "name" if folded in names else "joined" if joined and stem in names else "-"
    yield f"{at}nm={seen}"
    yield f"{at}nk={seen}|{bool(kinds)}"
    yield f"{at}j={joined}"
    if at == "0:":
        yield f"st={stem}"
        yield f"st3={stem[:3]}"
        yield f"nj={seen}|{joined}"
        yield f"nl={seen}|{min(len(stem), 9)}"
        yield f"en={next((ending for ending in _ENDINGS if stem.endswith(ending)), stem[-1:])}"

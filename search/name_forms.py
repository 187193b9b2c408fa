"""The folded spelling of one written part of a name, and which parts tell people apart.

What is joined to a name in one spelling and stands before it in another (El Moctar, Elmoctar; Abd al-Rahman,
Abderrahmane) is taken off, so that both are one form. Knows nothing of sounds or of an index.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from importlib import resources

from search.folding import APOSTROPHES, fold


class Weight(StrEnum):
    """How much a particle or title says of who is meant."""

    NONE = "none"  # never kept: ag, ould, el
    JOINED = "joined"  # dropped before any other part: abd, de, Mr
    BEHIND = "behind"  # dropped behind any other part: din, oglu, Jr
    NAME = "name"  # dropped beside two other parts: Sidi, Cheikh, Abdou are also names


# Without its cedilla ç would be taken for k.
_SIGNS = str.maketrans({**dict.fromkeys(APOSTROPHES + "ʹʻʾʿ", ""), "ç": "s", "Ç": "s"})
# Before a name in one word with it: the article; "servant of" with the article, often assimilated; "father of".
_ARTICLE = re.compile(
    r"^(?:(?:el|al)(?=[b-df-hj-np-tv-z]{1,2}[aeiouy])|[эа]ль?(?=[бвгджзклмнпрстфхцчшщ]))(?=.{4})"
)
# Abdallah, Abdoulaye, Абдулла stay whole: nothing that tells would be left.
_SERVANT = re.compile(
    r"^(?:abd(?![aeiou]{1,2}ll?a(?:[hyie]|$))(?:[aeiou]{1,2}(?:l|([rstznd])(?=\1))?|(?=ra[hk]))"
    r"|абд(?![аеиоуэ]лл?а(?:[хйие]|$))(?:[аеиоуэ](?:ль?|([рстзнд])(?=\2))?|(?=ра))|عبدال)(?=.{3})"
)
_FAITH = re.compile(
    r"(?<=...)(?:(?:[aeiou]{1,2}dd|[eou]d)(?:i|ee)n|(?:[aeiou]{1,2}dd|ed|oud)ine|[ауеэи]дд?ин|الدين)$"
)
_BEGINNINGS = ("el", "al", "эл", "ал", "abd", "абд", "عبدال")
_ENDINGS = ("in", "ine", "een", "ин", "الدين")
_ARABIC_ARTICLE = re.compile(r"^ال(?=..)")
_ELIDED_ARTICLE = re.compile(rf"^[ldLD][{APOSTROPHES}](?=...)")


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("search.data").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _folded_variants(row: dict[str, str]) -> frozenset[str]:
    return frozenset(fold(variant) for variant in row["variants"].translate(_SIGNS).split("|"))


@cache
def weights() -> dict[str, Weight]:
    """Return the folded particles and titles that stand in names without telling people apart."""
    found = {}
    for row in _rows("name_particles.csv"):
        for form in _folded_variants(row):
            # One letter is an initial.
            if len(form) > 1:
                found[form] = found[_ARABIC_ARTICLE.sub("", form)] = Weight(row["weight"])
    return found


@cache
def variants() -> dict[str, frozenset[str]]:
    """Return forms that are one name although they sound apart, by each of them."""
    rows = map(_folded_variants, _rows("name_variants.csv"))
    return {form: row for row in rows for form in row}


def name_form(raw: str) -> str:
    """Return the folded spelling of one written part of a name, without what is joined to it."""
    # The Arabic article goes before folding: with a hamza (إلينا) it is none.
    if raw.isascii() and raw.isalnum():
        form = raw.lower()
    else:
        form = fold(
            _ARABIC_ARTICLE.sub(
                "", _ELIDED_ARTICLE.sub("", unicodedata.normalize("NFC", raw)).translate(_SIGNS)
            )
        )
    if form.startswith(_BEGINNINGS):
        form = _ARTICLE.sub("", _SERVANT.sub("", form))
    return _FAITH.sub("", form) if form.endswith(_ENDINGS) else form


def name_parts(words: Iterable[str]) -> tuple[str, ...]:
    """Return the forms that decide a name; particles and titles count only when too little else is there."""
    known = weights()
    forms = [(form, known.get(form)) for form in map(name_form, words) if form]
    telling = [form for form, weight in forms if weight is None]
    if len(telling) < 2:
        # Di in "Antonia Di" is her other name.
        telling = [
            form
            for at, (form, weight) in enumerate(forms, start=1)
            if weight in (None, Weight.NAME) or (weight is Weight.JOINED and at == len(forms))
        ]
    return tuple(telling) or tuple(form for form, _ in forms)

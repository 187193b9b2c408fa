"""Names of people across spellings and scripts.

A name in a text is kept as `key SEPARATOR form`: the key is what all spellings of a name share (its consonants,
by sound), the form is the folded spelling itself. A search reads the spellings that share a key and keeps those
near enough in sound.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from rapidfuzz.distance import OSA

from search.folding import fold
from search.languages import Script, script_of

# Not a letter, so no word holds it; not ASCII, so the tokenizer keeps it inside the term.
SEPARATOR = "\ue000"
BREAK = "0"
NEAR_ENOUGH = 0.6
LONGEST_NAME = 40


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("search.data").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def particles() -> frozenset[str]:
    """Return the folded particles and titles that stand in names without telling people apart."""
    variants = (row["variants"].replace("'", "").split("|") for row in _rows("name_particles.csv"))
    return frozenset(fold(variant) for row in variants for variant in row)


_ARTICLE = re.compile(r"^(?:el|al)(?=[b-df-hj-np-tv-z]{1,2}[aeiouy])")
_ARABIC_ARTICLE = re.compile(r"^ال(?=..)")

_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэіїґєў", "abvgdeziyklmnoprstufyeiigew", strict=True)),
        "ё": "e",
        "ж": "zh",
        "ц": "ts",
        "ч": "tch",
        "ш": "sh",
        "щ": "sh",
        "ю": "yu",
        "я": "ya",
        "ъ": "",
        "ь": "",
    }
)
_ARABIC = str.maketrans(
    {
        **dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنهويا", "btsjhkdzrzsʃsdtz'kfkklmnhwya", strict=True)),
        "پ": "p",
        "چ": "ʃ",
        "گ": "k",
        "ڤ": "v",
    }
)
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"tch|sch|tsh|sh|ch|ʃ", "ʃ"),
        (r"dj|dz|zh", "j"),
        (r"kh|gh|rh|ck|q|x|g(?![eiy])|c(?![eiy])", "k"),
        (r"g(?=[eiy])", "j"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"[cç]", "s"),
        (r"z", "s"),
        (r"v", "f"),
        (r"ou|oo|[wou]", "u"),
        (r"ei|ai|ay|ey|[iye]", "i"),
        (r"[h']", ""),
        (r"(.)\1+", r"\1"),
    )
)


def latin(form: str) -> tuple[str, ...]:
    """Return a folded name in Latin letters, roughly as it sounds; two ways where a letter stands for two."""
    match script_of(form):
        case Script.ARABIC:
            return (form.translate(_ARABIC),)
        case Script.CYRILLIC:
            letters = form.translate(_CYRILLIC)
            # х writes both h and kh: Мохамед, Мухтар.
            return (
                (letters,) if "х" not in letters else (letters.replace("х", "h"), letters.replace("х", "kh"))
            )
        case _:
            return (form,)


def sounds_of(form: str) -> tuple[str, ...]:
    """Return the sound classes of a folded name, vowels included."""
    sounds = []
    for sound in latin(form):
        for pattern, replacement in _SOUNDS:
            sound = pattern.sub(replacement, sound)
        sounds.append(sound)
    return tuple(sounds)


def keys_of(form: str) -> tuple[str, ...]:
    """Return what the spellings of a name share: its consonants by sound. `a` when it has none."""
    bare = (re.sub("[aiu]", "", sound) for sound in sounds_of(form))
    return tuple(dict.fromkeys(re.sub(r"(.)\1+", r"\1", key) or "a" for key in bare))


def name_form(raw: str) -> str:
    """Return the folded spelling of one written part of a name, its joined article dropped."""
    form = fold(raw.replace("'", "").replace("’", ""))
    return _ARABIC_ARTICLE.sub("", _ARTICLE.sub("", form))


def name_parts(words: Iterable[str]) -> tuple[str, ...]:
    """Return the forms that decide a name; particles (ag, ould, ben, el …) count only when nothing else is there."""
    forms = [form for form in map(name_form, words) if form]
    return tuple(form for form in forms if form not in particles()) or tuple(forms)


def initial_term(form: str) -> str:
    """Return the term of a name written as its first letter alone."""
    return f"{keys_of(form[0])[0]}{SEPARATOR}{form[0]}"


def sounds_like(one: str, other: str) -> bool:
    """True when two forms with the same key can be spellings of one name."""
    if one == other or Script.ARABIC in {script_of(one), script_of(other)}:
        return True  # short vowels are not written in Arabic, so the key is all there is to compare
    return any(
        OSA.normalized_similarity(first, second) >= NEAR_ENOUGH
        for first in sounds_of(one)
        for second in sounds_of(other)
    )


class NameTerms(dict[str, str]):
    """Written word → its term in the index of names; BREAK for what is no name, empty for a particle.

    Where a script has capitals, names begin with one.
    """

    def __missing__(self, raw: str) -> str:
        if len(self) >= 200_000:
            self.clear()
        self[raw] = term = self._term(raw)
        return term

    def _term(self, raw: str) -> str:
        form = name_form(raw)
        if form in particles():
            return ""
        if not form or raw[0].islower() or not raw[0].isalpha():
            return BREAK
        return " ".join(f"{key}{SEPARATOR}{form[:LONGEST_NAME]}" for key in keys_of(form[:LONGEST_NAME]))

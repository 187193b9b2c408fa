"""Names of people across spellings and scripts.

A name in a text is kept as `key SEPARATOR form`: the key is the first consonants by rough class, the form is the
folded spelling itself. A search reads the spellings under each key its own spelling may have, and keeps those that
sound alike.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, filterfalse, islice, product

from rapidfuzz.distance import OSA

from search.languages import Script, script_of
from search.name_forms import Weight, name_form, name_parts, variants, weights
from search.sounds import Demand, Listener, sounds_of

# Not a letter, so no word holds it; not ASCII, so the tokenizer keeps it inside the term.
SEPARATOR = "\ue000"
BREAK = "0"
LONGEST_NAME = 40
KEY_LENGTH = 3
# Parts of one name stand this close: at most this many other name words between two of them.
NAME_WINDOW = 3
# The key of a name without consonants.
NO_CONSONANT = "a"
# As many readings of one spelling as are worth a look; those that differ least from the first come first.
MOST_KEYS = 12
MOST_READINGS = 300
# The shares that gave the most on the learning half (`benchmarks/names`). Spellings in one script agree more
# closely than those in two; what says little (short names, common letters) has to agree more.
ALIKE_IN_ONE_SCRIPT = {Script.LATIN: 0.12, Script.CYRILLIC: 0.25, Script.ARABIC: 0.55}
ALIKE_IN_OTHER_SCRIPT = 0.5
ALIKE_IN_TWO_SCRIPTS = 0.05
TELLING_ODDS = 2.5
# What it counts against two spellings that they begin with consonants no writer hears alike (Mohamed, Ahmed).
OTHER_BEGINNING = 7.0
# Spellings in one script that share less are not worth the longer comparison.
SHARED_LETTERS = 0.25
ALIKE_WHEN_SHORT = 0.3
ALIKE_WHEN_SHORT_IN_TWO_SCRIPTS = 0.05

# Sounds → their class in keys, then the classes other writers may hear; `.` is none. Vowels have no class.
_CLASSES = (
    "bpfپبбпф p|فڤ p.|vв p.|wўو .p|tdтдطتدٹڈ t|TDضثذظ ts|sSсшسشصچ s|zзز st|Zжژ s.|Xцћч stk|c skt|Q kst|j .sk|Jђџжج s.k"
    "|C skt|kqкقكґگқ k|gг ks.|Kخх k.s|hهحҳ .k|Gغғ kr.|R rk|lлلљ l|rрرڑ r|mмم m|nнنњңں n|yйјيی ."
    "|aeiouUIEаеиоуыэіїєұүөәاع ."
)
_READINGS = {
    sound: tuple(classes.replace(".", " "))
    for sounds, classes in (entry.split(" ") for entry in _CLASSES.split("|"))
    for sound in sounds
}
# Capitals are sounds, not letters; three letters are two sounds.
_INITIALS = (*(sound for sound in _READINGS if not sound.isupper()), "я", "ю", "щ")
# Names that begin with a vowel are shortened to it, as each script writes it.
_VOWELS = ("aаәاع", "eеэєاع", "iиіїاع", "oоөاع", "uуұүاع", "uуwўوвv", "яйy", "юйy")
# "And" between the two surnames of a name.
_AND = frozenset({"y", "e", "i"})
# Words that are not initials: the English pronoun, "and" in Arabic.
_LONE_WORDS = frozenset({"I", "و"})
_FIRST_READINGS = str.maketrans({sound: reading[0].strip() for sound, reading in _READINGS.items()})
# c before another letter than e, i, y is k to most, not to Slavs, who also end names in -ić; ch before r is k.
_HARD = re.compile("c(?![eiyI]|$)|(?<!..i)c$|C(?=[rlnm])")
# Wang is Ван.
_NASAL = re.compile("([nن])[gغج]$")
_REPEATED = re.compile(r"(.)\1+")


def _heard(form: str) -> str:
    sounds = _HARD.sub("Q", _NASAL.sub(r"\1", sounds_of(form)))
    # Amachar is Amashagh.
    return sounds[:-1] + "R" if sounds.endswith("r") else sounds


def _readings(form: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_READINGS.get(sound, (sound,)) for sound in _heard(form))


def _skeleton(classes: str) -> str:
    """Return classes without the empty one and without repetition: Arabic leaves out what stood between them."""
    return _REPEATED.sub(r"\1", classes.replace(" ", ""))


def key_of(form: str) -> str:
    """Return the one key under which a spelling is kept."""
    return _REPEATED.sub(r"\1", _heard(form).translate(_FIRST_READINGS))[:KEY_LENGTH] or NO_CONSONANT


def keys_of(form: str) -> tuple[str, ...]:
    """Return the keys under which spellings of this name may be kept; its own comes first.

    For a single letter, an initial, what keys of names it begins may begin with.
    """
    if len(form) == 1:
        own = key_of(form)
        if own == NO_CONSONANT:
            return (own,)
        return tuple(dict.fromkeys(key for key in (own, *_READINGS.get(form, ())) if key != " "))
    readings = [reading for reading in _readings(form) if reading != (" ",)]
    whole = _skeleton("".join(reading[0] for reading in readings))
    choices = islice(product(*(range(len(reading)) for reading in readings[: KEY_LENGTH + 2])), MOST_READINGS)
    nearest = sorted(choices, key=lambda choice: sum(map(bool, choice)))
    keys = dict.fromkeys((key_of(form),))
    for choice in nearest:
        if len(keys) == MOST_KEYS:
            break
        read = (reading[at] for reading, at in zip(readings, choice, strict=False))
        keys[_skeleton("".join(read))[:KEY_LENGTH] or NO_CONSONANT] = None
    if 1 < len(whole) <= KEY_LENGTH:
        keys[whole[:-1]] = None  # last consonants fall silent (Arnaud), or are an ending
    if len(whole) < KEY_LENGTH:
        keys |= dict.fromkeys(whole + ending for ending in "stpnkrl" if not whole.endswith(ending))
    return tuple(keys)


def initials_of(form: str) -> tuple[str, ...]:
    """Return the letters of any script that a name may be shortened to."""
    begins = "u" + form[:1] if form.startswith("ou") else form[:1]
    if vowels := {letter for group in _VOWELS if not set(begins).isdisjoint(group) for letter in group}:
        return tuple(sorted(vowels))
    return tuple(letter for letter in _INITIALS if letter == form[0] or not begin_apart(letter, form))


def name_term(form: str) -> str:
    """Return the term under which a form is kept."""
    kept = form[:LONGEST_NAME]
    return f"{key_of(kept)}{SEPARATOR}{kept}"


def sounds_like(one: str, other: str) -> bool:
    """True when two forms can be spellings of one name."""
    return bool(spellings_among(one, (other,)))


def spellings_among(part: str, forms: Iterable[str]) -> dict[str, float]:
    """Return those forms that can be spellings of one name with this part; the share of sounds that agree by each."""
    same = {part, *variants().get(part, ())}
    found: dict[str, float] = {}
    by_script: dict[Script, list[str]] = {}
    own = script_of(part)
    for form in forms:
        if form in same:
            found[form] = 1.0
        elif min(len(part), len(form)) > 1:
            script = script_of(form)
            # Arabic leaves out vowels.
            longer = 2.0 if Script.ARABIC in (own, script) else 1.5
            if max(len(part), len(form)) <= longer * min(len(part), len(form)) + 2:
                by_script.setdefault(script, []).append(form)
    for script, others in by_script.items():
        demand = _demand(own, script)
        for form, agreed, highest in Listener(part, script, demand).alike(others):
            if script is own and OSA.normalized_similarity(part, form) < SHARED_LETTERS:
                continue
            left = agreed - OTHER_BEGINNING if begin_apart(part, form) else agreed
            if left >= demand.least(highest):
                found[form] = left / highest
    return found


def _demand(script: Script, other: Script) -> Demand:
    if script is other:
        return Demand(ALIKE_IN_ONE_SCRIPT.get(script, ALIKE_IN_OTHER_SCRIPT), ALIKE_WHEN_SHORT, TELLING_ODDS)
    return Demand(ALIKE_IN_TWO_SCRIPTS, ALIKE_WHEN_SHORT_IN_TWO_SCRIPTS, TELLING_ODDS)


def begin_apart(one: str, other: str) -> bool:
    """True when no writer hears the beginnings of two forms alike."""
    return not {*chain(*_readings(one[:3])[:1])} & {*chain(*_readings(other[:3])[:1])}


def is_same_name(one: Sequence[str], other: Sequence[str]) -> bool:
    """True when the words of two names can be one person's name: what a search by name asks of a text.

    Each part of the shorter name is a part of the longer, in any order. Initials stand for parts, but not for all.
    A lone part does not name the person who has more: too many share it.
    """
    shorter, longer = sorted((name_parts(one), name_parts(other)), key=len)
    if not shorter or (len(shorter) == 1 and len(longer) > 1):
        return False
    written = (
        _is_part(part, other) for part in shorter for other in longer if 1 not in (len(part), len(other))
    )
    return any(written) and _stand_in(shorter, longer)


def _stand_in(parts: tuple[str, ...], others: tuple[str, ...]) -> bool:
    if not parts:
        return True
    return any(
        _is_part(parts[0], other) and _stand_in(parts[1:], others[:at] + others[at + 1 :])
        for at, other in enumerate(others)
    )


def _is_part(one: str, other: str) -> bool:
    if other in variants().get(one, ()):
        return True
    if 1 not in (len(one), len(other)):
        return (key_of(other) in keys_of(one) or key_of(one) in keys_of(other)) and sounds_like(one, other)
    initial, name = sorted((one, other), key=len)
    starts = keys_of(initial)
    return initial[0] == name[0] or starts == (NO_CONSONANT,) or key_of(name).startswith(starts)


@dataclass(frozen=True, slots=True)
class AskedPart:
    """One part of a name as asked, and the terms that are its spellings.

    keys: for an initial, what keys of the names it begins begin with. letters: what those names begin with.
    """

    form: str
    terms: frozenset[str]
    keys: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()

    def fits(self, term: str) -> bool:
        """True when a term of a text can be this part."""
        _, parted, form = term.partition(SEPARATOR)
        begins = bool(parted) and (term.startswith(self.keys) or form.startswith(self.letters))
        return term in self.terms or begins


class NameTerms(dict[str, str]):
    """Written word → its term in the index of names; BREAK for what is no name, empty for a particle.

    Where a script has capitals, names begin with one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, list[str]] = {}

    def __missing__(self, raw: str) -> str:
        if len(self) >= 200_000:
            self.forget()
        term = self._term(raw)
        self._written.setdefault(term.rpartition(SEPARATOR)[2], []).append(raw)
        self[raw] = term
        return term

    def forget(self) -> None:
        """Keep no word."""
        self.clear()
        self._written = {}

    def written_as(self, words: set[str], forms: Iterable[str]) -> set[str]:
        """Return those of some written words that are names of one of these spellings."""
        for raw in filterfalse(self.__contains__, words):
            self[raw]  # From here it is among the written words of its spelling.
        written = self._written
        return words.intersection(set().union(*[written[form] for form in forms if form in written]))

    def _term(self, raw: str) -> str:
        form = name_form(raw)
        weight = weights().get(form)
        small = raw[:1].islower()
        if weight is Weight.NONE or (small and (weight or raw in _AND)):
            return ""
        if not form or small or raw in _LONE_WORDS or not raw[:1].isalpha():
            return BREAK
        return name_term(form)

"""Details by which a text points at somebody without a name: ages, children, kin, trades, "the only one in the camp".

Read from the released text alone, in English, French, Spanish, Arabic and Russian; in other languages only figures.
Rough on purpose: whoever is meant, the witness or another, a reader may take it for the witness. It does not understand
a sentence, finds no trade that is not in `telling_detail.csv`, and no detail told in a roundabout way.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from testimony.domain.matching import fold, occurrences_of_each
from testimony.domain.vocabulary import load


class Kind(StrEnum):
    """What a detail is about."""

    SEX = "sex"
    AGE = "age"
    BAND = "band"
    KIN = "kin"
    OCCUPATION = "occupation"
    CHILDREN = "children"
    ONLY_ONE = "only_one"
    LEFT_IN = "left_in"
    PLACE = "place"
    MONTH = "month"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, order=True)
class Detail:
    """value: a code; for an age and children a number; for a place its name; for what was left in its category."""

    kind: Kind
    value: str = field(repr=False)


MOST_CHILDREN = 20
YOUNGEST, OLDEST = 1, 110

_NUMBER_WORDS = (
    "one un une uno una واحد один|two deux dos اثنان два две|three trois tres ثلاثة ثلاث три трое"
    "|four quatre cuatro أربعة أربع четыре четверо|five cinq cinco خمسة خمس пять пятеро"
    "|six seis ستة ست шесть шестеро|seven sept siete سبعة سبع семь семеро|eight huit ocho ثمانية ثماني восемь"
    "|nine neuf nueve تسعة تسع девять|ten dix diez عشرة عشر десять|eleven onze once أحد_عشر одиннадцать"
    "|twelve douze doce اثنا_عشر двенадцать|thirteen treize trece ثلاثة_عشر тринадцать"
    "|fourteen quatorze catorce أربع_عشرة четырнадцать|fifteen quinze quince خمس_عشرة пятнадцать"
    "|sixteen seize dieciséis ست_عشرة шестнадцать|seventeen dix-sept diecisiete سبع_عشرة семнадцать"
    "|eighteen dix-huit dieciocho ثماني_عشرة восемнадцать|nineteen dix-neuf diecinueve تسع_عشرة девятнадцать"
    "|twenty vingt veinte عشرون عشرين двадцать"
)
_AGES = (
    r"{n} years? (?:and \w+ months? )?old",
    r"{n} year old",
    r"(?:aged|age of|turned) {n}",
    r"(?:agee?s? de|j'avais|il avait|elle avait|j'ai) {n} ans",
    r"{n} ans",
    r"{n} anos",
    r"و?(?:عمري|عمره|عمرها|عمر) {n}",
    r"{n} (?:سنه|عاما|عام|سنوات|سنين)",
    r"{n} (?:лет|года|год)",
)
_CHILDREN = (
    r"(?:my|our|i have|we have|i had|mother of|father of) {n} (?:\w+ )?(?:children|sons|daughters|kids)",
    r"(?:mes|nos|j'ai|nous avons|j'avais|mere de|pere de) {n} (?:enfants|fils|filles)",
    r"(?:mis|nuestros|tengo|tenemos|tenia|madre de|padre de) {n} (?:hijos|hijas|ninos)",
    r"و?(?:لدي|عندي|ام ل|اب ل) ?{n} (?:اطفال|ابناء|اولاد|بنات)",
    r"(?:у меня|мои|моих) {n} (?:детей|сыновей|дочерей|ребенка)",
)
_ONLY = (
    r"only (?:\w+ ){{0,6}}(?:in|of) (?:the|our|my) (?:whole )?(?:village|camp|town|quarter|settlement|valley)",
    r"seule? (?:\w+ ){{0,6}}(?:du|de la|de notre|dans le|dans la|dans notre) (?:village|camp|quartier|ville|vallee)",
    r"unic[oa] (?:\w+ ){{0,6}}(?:del|de la|en el|en la|de nuestro) (?:pueblo|aldea|campamento|campo|barrio|valle)",
    r"الوحيده? (?:\w+ ){{0,4}}(?:في )?ب?(?:القريه|المخيم|البلده|الحي)",
    r"единственн\w+ (?:\w+ ){{0,5}}(?:в|на) (?:нашем |нашей )?(?:деревне|селе|лагере|поселке|городе)",
)


def details_of(text: str) -> frozenset[Detail]:
    """What a released text tells of somebody, whoever it is."""
    found = set(_from_words(text))
    plain = " ".join(re.findall(r"[\w']+", fold(text)))
    found.update(_numbers(Kind.AGE, _compiled(_AGES), plain, YOUNGEST, OLDEST))
    found.update(_numbers(Kind.CHILDREN, _compiled(_CHILDREN), plain, 1, MOST_CHILDREN))
    if any(pattern.search(plain) for pattern in _compiled(_ONLY)):
        found.add(Detail(Kind.ONLY_ONE, "only_one"))
    return frozenset(found)


def _from_words(text: str) -> Iterator[Detail]:
    terms = load("telling_detail").terms
    words = [(term, word) for term in terms for word in term.columns["words"].split("|")]
    spans = occurrences_of_each(text, (word for _, word in words))
    for (term, _), where in zip(words, spans, strict=True):
        if where:
            yield Detail(Kind(term.columns["kind"]), term.code)


def _numbers(
    kind: Kind, patterns: Iterable[re.Pattern[str]], text: str, least: int, most: int
) -> Iterator[Detail]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            number = int(match[1]) if match[1].isdecimal() else _number_words()[match[1]]
            if least <= number <= most:
                yield Detail(kind, str(number))


@cache
def _number_words() -> dict[str, int]:
    found: dict[str, int] = {}
    for number, words in enumerate(_NUMBER_WORDS.split("|"), start=1):
        for word in words.split():
            found.setdefault(fold(word.replace("_", " ")), number)
    return found


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    words = "|".join(sorted(map(re.escape, _number_words()), key=len, reverse=True))
    number = rf"([0-9]{{1,3}}|{words})"
    # The text is folded, and so must be what is looked for in it.
    plain = (pattern.format(n=number).replace("й", "и") for pattern in patterns)
    return tuple(re.compile(rf"(?<!\w){pattern}(?!\w)") for pattern in plain)

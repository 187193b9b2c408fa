"""Which stemmer a language has. A language that is not here is found by its exact forms.

Keys are ISO 639-3; values are names of Snowball algorithms (snowballstem.org).
"""

from enum import StrEnum


class Script(StrEnum):
    """The scripts whose stemmers must not be put to words of another script."""

    LATIN = "Latn"
    CYRILLIC = "Cyrl"
    ARABIC = "Arab"
    GREEK = "Grek"
    ARMENIAN = "Armn"
    HEBREW = "Hebr"
    DEVANAGARI = "Deva"
    TAMIL = "Taml"
    OTHER = "Zyyy"


_STEMMERS = {
    "latin": (
        "eng english|fra french|spa spanish|por portuguese|ita italian|deu german|nld dutch|ron romanian"
        "|cat catalan|swe swedish|nob norwegian|nno norwegian|nor norwegian|dan danish|fin finnish"
        "|hun hungarian|tur turkish|eus basque|ind indonesian|gle irish|lit lithuanian|ekk estonian"
        "|est estonian|ces czech|pol polish|epo esperanto|sot sesotho"
    ),
    "cyrillic": "rus russian|srp serbian",
    "arabic": (
        "arb arabic|ara arabic|arq arabic|mey arabic|ary arabic|arz arabic|apd arabic|shu arabic|ajp arabic"
        "|apc arabic|acm arabic|aeb arabic|ayl arabic|pes persian|fas persian"
    ),
    "others": "ell greek|hye armenian|ydd yiddish|yid yiddish|hin hindi|npi nepali|nep nepali|tam tamil",
}
STEMMERS: dict[str, str] = {
    code: algorithm
    for line in _STEMMERS.values()
    for code, algorithm in (pair.split() for pair in line.split("|"))
}

SCRIPT_OF_STEMMER: dict[str, Script] = {
    "russian": Script.CYRILLIC,
    "arabic": Script.ARABIC,
    "persian": Script.ARABIC,
    "greek": Script.GREEK,
    "armenian": Script.ARMENIAN,
    "yiddish": Script.HEBREW,
    "hindi": Script.DEVANAGARI,
    "nepali": Script.DEVANAGARI,
    "tamil": Script.TAMIL,
}

_RANGES: tuple[tuple[int, int, Script], ...] = (
    (0x0041, 0x02AF, Script.LATIN),
    (0x0370, 0x03FF, Script.GREEK),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0530, 0x058F, Script.ARMENIAN),
    (0x0590, 0x05FF, Script.HEBREW),
    (0x0600, 0x06FF, Script.ARABIC),
    (0x0750, 0x077F, Script.ARABIC),
    (0x0870, 0x08FF, Script.ARABIC),
    (0x0900, 0x097F, Script.DEVANAGARI),
    (0x0B80, 0x0BFF, Script.TAMIL),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFC, Script.ARABIC),
)

# A word in another script than its text's language is stemmed in the commonest language of that script.
FALLBACK_STEMMERS: dict[Script, str] = {Script.CYRILLIC: "russian", Script.ARABIC: "arabic"}


def script_of(word: str) -> Script:
    """Return the script of the first letter that tells one."""
    for character in word:
        point = ord(character)
        for low, high, script in _RANGES:
            if low <= point <= high and character.isalpha():
                return script
    return Script.OTHER


def stemmer_for(language: str, script: Script) -> str:
    """Return the Snowball algorithm for a word of `script` in a text of `language`; empty when there is none."""
    algorithm = STEMMERS.get(language, "")
    if algorithm and SCRIPT_OF_STEMMER.get(algorithm, Script.LATIN) is script:
        return algorithm
    # Not for a language without a stemmer: Ukrainian is not Russian, nor is Tamasheq in Arabic letters Arabic.
    return FALLBACK_STEMMERS.get(script, "") if algorithm else ""

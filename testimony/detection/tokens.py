"""A text cut into words and signs, each with what is known of it; every detector reads this one cutting."""

import re
from dataclasses import dataclass, field

from testimony.detection.lexicon import Kind, Lexicon

# A word keeps its vowel signs and joiners; a run without end is cut, so that no word is a document.
_LONGEST = 48
_SIGNS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0483-\u0489\u200c\u200d"
_TOKEN = re.compile(rf"[^\W_][\w{_SIGNS}]{{0,{_LONGEST - 1}}}|[^\s]")
_ENDS = frozenset(".!?؟…۔\n")
_PAUSES = frozenset(',;:،؛—–()«»“”"„')

UPPER, DIGIT, WORD = 1, 2, 4


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """words[i] stands at text[starts[i]:ends[i]]. kinds: of the lexicon. shapes: UPPER, DIGIT, WORD bits."""

    text: str = field(repr=False)
    language: str
    words: list[str] = field(repr=False)
    folded: list[str] = field(repr=False)
    kinds: list[int] = field(repr=False)
    shapes: list[int] = field(repr=False)
    starts: list[int] = field(repr=False)
    ends: list[int] = field(repr=False)
    first_person: bool
    """Whether somebody tells of themselves: then circumstances identify, and the text is no act of a court."""

    def __len__(self) -> int:
        return len(self.words)

    def kind(self, at: int) -> int:
        return self.kinds[at] if 0 <= at < len(self.kinds) else 0

    def shape(self, at: int) -> int:
        return self.shapes[at] if 0 <= at < len(self.shapes) else 0

    def word(self, at: int) -> str:
        return self.words[at] if 0 <= at < len(self.words) else ""

    def form(self, at: int) -> str:
        return self.folded[at] if 0 <= at < len(self.folded) else ""

    def begins_sentence(self, at: int) -> bool:
        before = at - 1
        while before >= 0 and self.words[before] in _OPENERS:
            before -= 1
        if before < 0 or self.words[before] in ".!?؟…:":
            return True
        return "\n" in self.text[self.ends[before] : self.starts[at]]

    def is_end(self, at: int) -> bool:
        """Say whether a sentence ends behind this token."""
        word = self.words[at]
        if word in "!?؟…۔":
            return True
        if at + 1 >= len(self.words) or "\n" in self.text[self.ends[at] : self.starts[at + 1]][:80]:
            return True
        if word != ".":
            return False
        # Not in 3.5, nor behind an initial or a short title.
        before = self.word(at - 1)
        glued = self.starts[at + 1] == self.ends[at]
        short = len(before) <= 2 and before.isalpha() and before[0].isupper()
        return not glued and not short and not (self.kind(at - 1) & Kind.TITLE and len(before) < 4)

    def is_pause(self, at: int) -> bool:
        """Say whether a clause ends at this token."""
        return self.words[at] in _PAUSES


_OPENERS = frozenset("\"'«»“”„‘’([—–-*•")


def _shape(word: str) -> int:
    first = word[0]
    shape = 0
    if first.isalnum():
        shape |= WORD
        if first.isupper():
            shape |= UPPER
        if any(map(str.isdecimal, word)):
            shape |= DIGIT
    return shape


class _Shapes(dict[str, int]):
    def __missing__(self, word: str) -> int:
        if len(self) >= 50_000:
            self.clear()
        found = self[word] = _shape(word)
        return found


_SHAPES = _Shapes()


def tokenise(text: str, language: str, lexicon: Lexicon) -> Tokens:
    """Cut a text. language: of `lexicon.LANGUAGES`, or empty."""
    matches = list(_TOKEN.finditer(text))
    words = [match[0] for match in matches]
    known = [lexicon[word] for word in words]
    kinds = [kinds for _, kinds in known]
    own = sum(1 for kind in kinds if kind & _FIRST)
    return Tokens(
        text=text,
        language=language,
        words=words,
        folded=[folded for folded, _ in known],
        kinds=kinds,
        shapes=[_SHAPES[word] for word in words],
        starts=[match.start() for match in matches],
        ends=[match.end() for match in matches],
        first_person=own * 40 >= len(words) > 0,
    )


_FIRST = Kind.FIRST.value

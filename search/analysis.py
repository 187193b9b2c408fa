"""Texts to index terms: exact forms for phrases, stems for the word in its other forms.

Exact forms do not depend on the language of the text, so a query need not say its own. Results are kept per
word, in memory only, since most of a text is words met before.
"""

import re
import unicodedata
from dataclasses import dataclass

from Stemmer import Stemmer

from search.folding import fold, plain_apostrophes, written_words
from search.languages import script_of, stemmer_for
from search.names import BREAK, NameTerms

# Enough for the common words of several languages, some 60 MB at most; then the cache starts again.
CACHED_WORDS = 200_000
# A longer run of letters is not a word of any language; a prefix of it is enough to find it.
LONGEST_TERM = 64
# Between two names one break is enough to keep them apart.
_BREAKS = re.compile(f"{BREAK}(?: +{BREAK})+")


class ExactForms(dict[str, str]):
    """Written word → its exact terms joined by spaces (two when an article is elided before it)."""

    def __missing__(self, raw: str) -> str:
        if len(self) >= CACHED_WORDS:
            self.clear()
        parts = (fold(part)[:LONGEST_TERM] for part in plain_apostrophes(raw).split(" "))
        self[raw] = exact = " ".join(part for part in parts if part)
        return exact


class Stems(dict[str, str]):
    """Written word → its stem in one language; the exact form where the language has no stemmer."""

    def __init__(self, language: str, exact: ExactForms) -> None:
        super().__init__()
        self._language = language
        self._exact = exact
        self._stemmers: dict[str, Stemmer] = {}

    def __missing__(self, raw: str) -> str:
        if len(self) >= CACHED_WORDS:
            self.clear()
        self[raw] = stem = self._stem(raw)
        return stem

    def _stem(self, raw: str) -> str:
        exact = self._exact[raw].rpartition(" ")[2]
        algorithm = stemmer_for(self._language, script_of(raw))
        if not algorithm or not exact:
            return exact
        if algorithm not in self._stemmers:
            self._stemmers[algorithm] = Stemmer(algorithm, 0)
        word = unicodedata.normalize("NFKC", plain_apostrophes(raw).rpartition(" ")[2])
        if algorithm == "arabic":
            word = _without_clitics(fold(word))
        return fold(self._stemmers[algorithm].stemWord(word))[:LONGEST_TERM] or exact


class AddedStems(dict[str, str]):
    """Written word → its stem where that differs from the exact form, else empty: both columns are searched."""

    def __init__(self, stems: Stems, exact: ExactForms) -> None:
        super().__init__()
        self._stems = stems
        self._exact = exact

    def __missing__(self, raw: str) -> str:
        if len(self) >= CACHED_WORDS:
            self.clear()
        stem = self._stems[raw]
        self[raw] = added = "" if stem == self._exact[raw].rpartition(" ")[2] else stem
        return added


@dataclass(frozen=True, slots=True)
class Terms:
    """What an index keeps of one text: three columns of terms joined by spaces."""

    exact: str
    stem: str
    name: str


class Analysis:
    """The words of texts in any language. One per index; threads may share it."""

    def __init__(self) -> None:
        self.exact = ExactForms()
        self.names = NameTerms()
        self._stems: dict[str, Stems] = {}
        self._added: dict[str, AddedStems] = {}

    def stems(self, language: str) -> Stems:
        """Return the stems of one language."""
        if language not in self._stems:
            self._stems[language] = Stems(language, self.exact)
        return self._stems[language]

    def terms(self, text: str, language: str) -> Terms:
        """Return what the index keeps of a text."""
        words = written_words(text)
        if language not in self._added:
            self._added[language] = AddedStems(self.stems(language), self.exact)
        return Terms(
            " ".join(map(self.exact.__getitem__, words)),
            " ".join(filter(None, map(self._added[language].__getitem__, words))),
            _BREAKS.sub(BREAK, " ".join(map(self.names.__getitem__, words))),
        )


# Conjunction, preposition and article stand before the word, in this order; Snowball's Arabic stemmer leaves them
# on many words. The feminine ending is dropped because quick writing does not tell it from "his".
# (Larkey, Ballesteros, Connell: Light stemming for Arabic information retrieval, 2007, "light10".)
_ARTICLES = ("وبال", "وكال", "فبال", "وال", "فال", "بال", "كال", "ولل", "فلل", "ال", "لل")


def _without_clitics(word: str) -> str:
    if word.endswith("ه") and len(word) >= 4:
        word = word[:-1]
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= 2:
            return word[len(article) :]
    return word[1:] if word.startswith(("و", "ف")) and len(word) >= 5 else word

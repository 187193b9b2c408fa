"""Texts to index terms: exact forms for phrases, stems for the word in its other forms.

Exact forms do not depend on the language of the text, so a query need not say its own. Results are kept per
word, in memory only, since most of a text is words met before.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import filterfalse
from threading import Lock

from Stemmer import Stemmer

from search.folding import APOSTROPHES, fold, indexed_words, plain_apostrophes
from search.languages import Script, script_of, stemmer_for
from search.names import BREAK, NameTerms

# Enough for the common words of several languages, some 60 MB at most; then the cache starts again.
CACHED_WORDS = 200_000
# A longer run of letters is not a word of any language; a prefix of it is enough to find it.
LONGEST_TERM = 64
# One character for a word that is no name. Between two names one break is enough to keep them apart.
GAP = "\ue001"
_GAPS = re.compile(f"{GAP}+")


class ExactForms(dict[str, str]):
    """Written word → its exact terms joined by spaces (two when an article is elided before it)."""

    def __missing__(self, raw: str) -> str:
        if len(self) >= CACHED_WORDS:
            self.clear()
        if raw.isascii() and raw.isalnum():
            exact = raw.lower()[:LONGEST_TERM]
        else:
            parts = (fold(part)[:LONGEST_TERM] for part in plain_apostrophes(raw).split(" "))
            exact = " ".join(part for part in parts if part)
        self[raw] = exact
        return exact


class WrittenWords:
    """Term → the written words that have it. Put in order when somebody asks: whoever only indexes never does."""

    def __init__(self, terms_of: Callable[[str], Iterable[str]]) -> None:
        self._terms_of = terms_of
        self._met: list[str] = []
        self._by_term: dict[str, list[str]] = {}
        self._ordering = Lock()

    def met(self, raw: str) -> None:
        """Note a word that is met for the first time."""
        self._met.append(raw)

    def forget(self) -> None:
        """Keep no word."""
        with self._ordering:
            self._met.clear()
            self._by_term.clear()

    def of(self, terms: Iterable[str]) -> set[str]:
        """Return the words that have one of these terms."""
        with self._ordering:
            while self._met:
                raw = self._met.pop()
                for term in self._terms_of(raw):
                    self._by_term.setdefault(term, []).append(raw)
            return set().union(*[self._by_term[term] for term in terms if term in self._by_term])


class Stems(dict[str, str]):
    """Written word → its stem in one language; the exact form where the language has no stemmer."""

    def __init__(self, language: str, exact: ExactForms) -> None:
        super().__init__()
        self._language = language
        self._exact = exact
        self._stemmers: dict[str, Stemmer] = {}
        self._written = WrittenWords(
            lambda raw: {self._stem(raw), self._exact[raw], *self._exact[raw].split()}
        )

    def __missing__(self, raw: str) -> str:
        if len(self) >= CACHED_WORDS:
            self.clear()
            self._written.forget()
        stem = self._stem(raw)
        self._written.met(raw)
        self[raw] = stem
        return stem

    def written_as(self, words: set[str], terms: Iterable[str]) -> set[str]:
        """Return those of some written words that have one of these terms, as an exact form or a stem.

        By way of all words that were ever written so: of a text's words most are in no term that is asked for.
        """
        for raw in filterfalse(self.__contains__, words):
            self[raw]  # From here it is among the written words of its terms.
        return words & self._written.of(terms)

    def _stem(self, raw: str) -> str:
        exact = self._exact[raw].rpartition(" ")[2]
        plain = raw.isascii()
        letters = plain and raw.isalpha()
        script = Script.LATIN if letters else script_of(raw)
        algorithm = stemmer_for(self._language, script)
        if not algorithm or not exact:
            return exact
        if algorithm not in self._stemmers:
            self._stemmers[algorithm] = Stemmer(algorithm, 0)
        word = raw.lower() if letters else plain_apostrophes(raw).rpartition(" ")[2]
        if plain:
            return self._stemmers[algorithm].stemWord(word)[:LONGEST_TERM] or exact
        word = unicodedata.normalize("NFKC", word)
        if algorithm == "arabic":
            word = _without_clitics(fold(word))
        return fold(self._stemmers[algorithm].stemWord(word))[:LONGEST_TERM] or exact


Met = set[tuple[str, str]]
"""Terms, each with its column, that were met for the first time."""


class WordTerms(dict[str, str]):
    """Written word → what a text of one language adds to the column of names for it; GAP for a word that is no name.

    A word that is met for the first time is noted, and its stem is kept where it is not the exact form: both columns
    are searched.
    """

    def __init__(self, exact: ExactForms, stems: "Stems", names: NameTerms, met: Met) -> None:
        super().__init__()
        self._exact = exact
        self._stems = stems
        self._names = names
        self._met = met
        self._added: dict[str, str] = {}
        self._met_long = False

    def met_into(self, met: Met) -> None:
        """Note terms that are met from now on there."""
        self._met = met

    def __missing__(self, raw: str) -> str:
        if len(self) >= CACHED_WORDS:
            self.clear()
            self._added = {}
        exact = self._exact[raw]
        stem = self._stems[raw]
        if stem and stem != exact.rpartition(" ")[2]:
            self._added[raw] = stem
        self._met_long = self._met_long or len(raw) > LONGEST_TERM
        name = self._names[raw.strip(APOSTROPHES)]
        kept = GAP if name == BREAK else name and name + " "
        self._met.update(("exact", part) for part in exact.split())
        if kept not in {GAP, ""}:
            self._met.add(("name", name))
        self[raw] = kept
        return kept

    def columns(self, words: Sequence[str]) -> "Terms":
        """Return the loose terms of a text's words. Each look-up is of all words: in a long text they are the work."""
        name = "".join(map(self.__getitem__, words))
        stem = " ".join(filter(None, map(self._added.get, words)))
        return Terms(self._exact_column(words), stem, name)

    def _exact_column(self, words: Sequence[str]) -> str:
        written = " ".join(words)
        if self._met_long or not written.isascii() or "'" in written or "`" in written:
            exact = " ".join(map(self._exact.__getitem__, words))
            # A word of signs alone has no exact form.
            return " ".join(exact.split()) if "  " in exact else exact.strip()
        return written.lower()


@dataclass(frozen=True, slots=True)
class Terms:
    """What an index keeps of one text: three columns of terms joined by spaces."""

    exact: str
    stem: str
    name: str


def tightened(loose: Terms) -> Terms:
    """Return loose terms as they are kept: one break between names, however many words stand there."""
    return Terms(loose.exact, loose.stem, _GAPS.sub(BREAK + " ", loose.name).rstrip())


class Analysis:
    """The words of texts in any language. One per index; threads may share it."""

    def __init__(self) -> None:
        self.exact = ExactForms()
        self.names = NameTerms()
        self._stems: dict[str, Stems] = {}
        self._words: dict[str, WordTerms] = {}
        self._met: Met = set()

    def forget(self) -> None:
        """Keep no word."""
        self.exact.clear()
        self.names.forget()
        self._stems.clear()
        self.meet_again()

    def meet_again(self) -> None:
        """Meet every term as if for the first time."""
        self._words.clear()
        self._met.clear()

    def newly_met(self) -> Met:
        """Return the terms of texts that were met since this was asked last."""
        met, self._met = self._met, set()
        for words in self._words.values():
            words.met_into(self._met)
        return met

    def stems(self, language: str) -> Stems:
        """Return the stems of one language."""
        if language not in self._stems:
            self._stems[language] = Stems(language, self.exact)
        return self._stems[language]

    def terms(self, text: str, language: str) -> Terms:
        """Return what the index keeps of a text."""
        return tightened(self.loose_terms(text, language))

    def loose_terms(self, text: str, language: str) -> Terms:
        """Return the terms of a text before they are `tightened`: for whoever leaves that to another process."""
        known = self._words.get(language)
        if known is None:
            known = self._words[language] = WordTerms(self.exact, self.stems(language), self.names, self._met)
        return known.columns(indexed_words(text))

    def label_terms(self, text: str, language: str) -> tuple[str, ...]:
        """Return what an index keeps of words said about a text: their exact forms, and their stems.

        Not among the terms that are met: patterns and names are spelled from the words of texts alone.
        """
        words, stems = indexed_words(text), self.stems(language)
        exact = " ".join(filter(None, (self.exact[raw] for raw in words)))
        stem = " ".join(filter(None, (stems[raw] for raw in words)))
        return (exact, stem) if stem != exact else (exact,)


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

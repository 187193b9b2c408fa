"""Controlled vocabularies, read from the CSV files beside this module. The first column is the code."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from testimony.domain.errors import UnknownCode

_NAME = re.compile(r"[a-z0-9_]+")
_LABEL_PREFIXES = ("label_", "item_", "name_")


@dataclass(frozen=True, slots=True)
class Term:
    """One row: its code and all columns of the row by name, empty text where the file has none."""

    code: str
    columns: Mapping[str, str]

    def label(self, language: str) -> str:
        """Return the label in `language` (two letters), in English where there is none, else the code."""
        for wanted in (language, "en"):
            for prefix in _LABEL_PREFIXES:
                if label := self.columns.get(prefix + wanted, ""):
                    return label
        return self.code


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of one vocabulary in the order of its file."""

    name: str
    terms: tuple[Term, ...]
    by_code: Mapping[str, Term]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.by_code)

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def require(self, code: str) -> Term:
        """Return the term. Raises UnknownCode, whose message names the vocabulary alone."""
        if code not in self.by_code:
            raise UnknownCode(self.name)
        return self.by_code[code]

    def label(self, code: str, language: str = "en") -> str:
        """Raises UnknownCode."""
        return self.require(code).label(language)


@cache
def load(name: str) -> Vocabulary:
    """Return the vocabulary `name`, for example `consent_purpose`.

    Raises ValueError for a name that the package does not carry, or a file in which a code comes twice.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a vocabulary's name is lower-case letters, digits and underscores")
    path = files("testimony.domain") / "vocabulary" / f"{name}.csv"
    if not path.is_file():
        raise ValueError(f"no vocabulary {name}")
    reader = csv.DictReader(path.read_text(encoding="utf-8").splitlines(), strict=True)
    code_column = (reader.fieldnames or ("",))[0]
    terms = tuple(Term(row[code_column], MappingProxyType(dict(row))) for row in reader)
    by_code = {term.code: term for term in terms}
    if len(by_code) != len(terms):
        raise ValueError(f"vocabulary {name} has a code twice")
    return Vocabulary(name, terms, MappingProxyType(by_code))

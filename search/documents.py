"""What is indexed: one text in one language, the fields it is found by, and words said about it."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_ID = 50_000_000
"""Sets of documents hold a bit for each number up to the largest."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words a document is found by although they do not stand in its text: what it was coded as.

    language: ISO 639-3 of these words, whatever the language of the text is.
    """

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Document:
    """One text.

    id: the caller's number for it, the row id of the index, from 1 to MAX_ID. Raises ValueError for another.
    language: ISO 639-3; a language without a stemmer is found by its exact forms.
    fields: values of the caller's fields, by name; several where it has several. Dates are EDTF (`search.dates`).
    """

    id: int
    text: str
    language: str
    fields: Mapping[str, tuple[str, ...]]
    labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.id <= MAX_ID:
            raise ValueError("a document's number is out of range")

    def __repr__(self) -> str:
        return f"Document(id={self.id})"

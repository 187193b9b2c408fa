"""What is indexed: one text in one language, and the fields it is found by."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One text.

    id: the caller's number for it, the row id of the index.
    language: ISO 639-3; a language without a stemmer is found by its exact forms.
    fields: values of the caller's fields, by name. Dates are `2025`, `2025-05`, `2025-05-17` or `start/end`.
    """

    id: int
    text: str
    language: str
    fields: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Document(id={self.id})"

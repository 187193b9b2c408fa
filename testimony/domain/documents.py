"""Strict reading of JSON-able documents: every field named, typed and bounded, every problem found.

A reader collects problems instead of stopping at the first; `require` raises them together. Until it has
passed, the values read are placeholders, so a value is built only after it. Knows no particular document.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar, cast

from testimony.domain.dates import parse_date, parse_day
from testimony.domain.errors import BadDate, Invalid, Problem
from testimony.domain.vocabulary import load

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_LANGUAGE = re.compile("[a-z]{3}")
_BAD_CHARACTER = re.compile("[\0\ud800-\udfff]")

MAX_ITEMS = 1000
MAX_SHORT = 200
MAX_NOTE = 5_000


class Fields:
    """One object of a document. Every read takes a field away; what is left at `require` is unknown."""

    def __init__(self, document: object, path: str = "") -> None:
        """Raises Invalid for what is no object with text keys."""
        if not isinstance(document, Mapping) or not all(isinstance(key, str) for key in document):
            raise Invalid((Problem(path, "wrong_type"),))
        self._path = path
        self._problems: list[Problem] = []
        self._left: dict[str, object] = dict(document)

    def require(self) -> None:
        """Raises Invalid with every problem so far, unknown fields included."""
        # An unknown field is reported without its name: names of fields are input too.
        unknown = (Problem(self._path, "unknown_field"),) if self._left else ()
        if problems := (*self._problems, *unknown):
            raise Invalid(problems)

    def fail(self, name: str, code: str) -> None:
        self._problems.append(Problem(self._at(name), code))

    def text(self, name: str, max_length: int = MAX_SHORT) -> str:
        """A text that is not blank."""
        value = self.note(name, max_length)
        if not value.strip() and not self._failed(name):
            self.fail(name, "required")
        return value

    def note(self, name: str, max_length: int = MAX_NOTE) -> str:
        """A text, perhaps empty. Lone surrogates and NUL are refused: they survive no storage."""
        value = self._take(name)
        if not isinstance(value, str):
            self.fail(name, "required" if value is None else "wrong_type")
            return ""
        if len(value) > max_length:
            self.fail(name, "too_long")
        if _BAD_CHARACTER.search(value):
            self.fail(name, "bad_character")
        return value

    def code(self, name: str, vocabulary: str) -> str:
        """A code of a controlled vocabulary."""
        value = self.text(name)
        if value and value not in load(vocabulary):
            self.fail(name, "unknown_code")
        return value

    def language(self, name: str) -> str:
        """A language by its three letters (ISO 639-3); the vocabulary lists those of the region, not all."""
        value = self.text(name)
        if value and not _LANGUAGE.fullmatch(value):
            self.fail(name, "unknown_code")
        return value

    def codes(self, name: str, vocabulary: str) -> tuple[str, ...]:
        """Codes of a controlled vocabulary, none twice."""
        values = self.texts(name)
        if any(value not in load(vocabulary) for value in values):
            self.fail(name, "unknown_code")
        return values

    def texts(self, name: str, max_length: int = MAX_SHORT) -> tuple[str, ...]:
        """Texts, none blank, none twice."""
        values = self._list(name)
        if not all(isinstance(value, str) and value.strip() and len(value) <= max_length for value in values):
            self.fail(name, "wrong_type")
            return ()
        texts = cast(tuple[str, ...], values)  # checked in the line above
        if len(set(texts)) != len(texts):
            self.fail(name, "twice")
        return texts

    def choice(self, name: str, kind: type[E]) -> E:
        """A member of a StrEnum."""
        value = self.text(name)
        try:
            return kind(value)
        except ValueError:
            if value:
                self.fail(name, "unknown_code")
            return next(iter(kind))

    def choices(self, name: str, kind: type[E]) -> tuple[E, ...]:
        """Members of a StrEnum, none twice."""
        values = self.texts(name)
        known = {member.value: member for member in kind}
        if not all(value in known for value in values):
            self.fail(name, "unknown_code")
            return ()
        return tuple(known[value] for value in values)

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            self.fail(name, "required" if value is None else "wrong_type")
            return False
        return value

    def integer(self, name: str, lowest: int = 0, highest: int = 2**53 - 1) -> int:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(name, "required" if value is None else "wrong_type")
            return lowest
        if not lowest <= value <= highest:
            self.fail(name, "out_of_range")
        return value

    def day(self, name: str) -> date:
        """A calendar day, `YYYY-MM-DD`."""
        value = self.text(name)
        try:
            return parse_day(value)
        except BadDate:
            if value:
                self.fail(name, "bad_date")
            return date.min

    def day_or_none(self, name: str) -> date | None:
        return self._or_none(name, self.day)

    def edtf(self, name: str) -> str:
        """A date of `domain/dates.py`, as text."""
        value = self.text(name)
        try:
            parse_date(value)
        except BadDate:
            if value:
                self.fail(name, "bad_date")
        return value

    def moment(self, name: str) -> datetime:
        """A time in UTC, ISO 8601 with its offset."""
        value = self.text(name)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.utcoffset() != timedelta(0):
            if value:
                self.fail(name, "bad_date")
            return datetime.min
        return moment

    def edtf_or_none(self, name: str) -> str | None:
        return self._or_none(name, self.edtf)

    def language_or_none(self, name: str) -> str | None:
        return self._or_none(name, self.language)

    def text_or_none(self, name: str, max_length: int = MAX_SHORT) -> str | None:
        return self._or_none(name, lambda name: self.text(name, max_length))

    def constant(self, name: str, expected: str) -> None:
        """A field that must say exactly this, such as the format's name."""
        if self._take(name) != expected:
            self.fail(name, "unknown_format")

    def one(self, name: str, parse: Callable[["Fields"], T]) -> T:
        """A nested object."""
        return self._nested(self._take(name), name, parse)

    def one_or_none(self, name: str, parse: Callable[["Fields"], T]) -> T | None:
        value = self._take(name)
        return None if value is None else self._nested(value, name, parse)

    def many(self, name: str, parse: Callable[["Fields"], T]) -> tuple[T, ...]:
        """A list of nested objects; the path of an item is the list's path and its number from 0."""
        return tuple(self._nested(value, f"{name}.{at}", parse) for at, value in enumerate(self._list(name)))

    def many_or_none(self, name: str, parse: Callable[["Fields"], T]) -> tuple[T, ...] | None:
        return self._or_none(name, lambda name: self.many(name, parse))

    def choice_or_none(self, name: str, kind: type[E]) -> E | None:
        return self._or_none(name, lambda name: self.choice(name, kind))

    def code_or_none(self, name: str, vocabulary: str) -> str | None:
        return self._or_none(name, lambda name: self.code(name, vocabulary))

    def _or_none(self, name: str, read: Callable[[str], T]) -> T | None:
        if self._left.get(name) is None:
            self._take(name)
            return None
        return read(name)

    def _nested(self, value: object, name: str, parse: Callable[["Fields"], T]) -> T:
        try:
            parsed = parse(Fields(value, self._at(name)))
        except Invalid as invalid:
            prefix = self._at(name) + "."
            self._problems += [
                problem
                if problem.field.startswith(prefix) or problem.field == self._at(name)
                # A value's own check knows its field's name, not where the value stands.
                else Problem((prefix + problem.field).removesuffix("."), problem.code)
                for problem in invalid.problems
            ]
            return cast(T, None)  # never seen: `require` raises before the caller builds anything from it
        return parsed

    def _list(self, name: str) -> tuple[object, ...]:
        value = self._take(name)
        if not isinstance(value, list | tuple):
            self.fail(name, "required" if value is None else "wrong_type")
            return ()
        if len(value) > MAX_ITEMS:
            self.fail(name, "too_many")
            return ()
        return tuple(value)

    def _take(self, name: str) -> object:
        return self._left.pop(name, None)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _failed(self, name: str) -> bool:
        return any(problem.field == self._at(name) for problem in self._problems)


def as_document(value: object) -> dict[str, object]:
    """Return a frozen value as a JSON-able object with its field names: what `Fields` reads back.

    Raises ValueError for a value that is not a dataclass or holds anything but texts, numbers, dates and such
    values.
    """
    if not is_dataclass(value) or isinstance(value, type):
        raise ValueError("only a value becomes a document")
    return {item.name: _plain(getattr(value, item.name)) for item in fields_of(value)}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return as_document(value)

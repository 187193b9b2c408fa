"""Fields: which documents have a value, one of a range, or one that begins so; and how many of a set have each.

What was read of a field is kept in memory as sets of documents and mended document by document as the index changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Connection, text

from search.changes import Changes
from search.dates import FIRST_DAY, LAST_DAY, NotADate, Span, span_of
from search.documents import Document
from search.folding import fold
from search.queries import FieldKind, Labels
from search.reading import among, rows
from search.results import FacetCount
from search.sets import EMPTY, count_of, set_of
from search.tables import FIELDS_OF
from search.tree import FieldPrefix, FieldRange, FieldValue

_VALUES = "SELECT value, document FROM {schema}.search_fields WHERE name = ? ORDER BY value"
_FOUND = "SELECT document FROM {schema}.search_fields AS v WHERE v.name = :name AND "
_SORTED = (
    "SELECT document, max({column}) AS value FROM {schema}.search_fields WHERE name = :name GROUP BY document"
)


@lru_cache(maxsize=50_000)
def field_value(value: str) -> str:
    """Return the form in which values of fields are kept and compared."""
    return " ".join(fold(part) if part.isalpha() else part.casefold() for part in value.split())


def field_rows(document: Document) -> list[tuple[str, str, int, str, str]]:
    """Return the rows of `search_fields` for a document; a value that is a date has its first and last day."""
    fields = {"language": (document.language,), **document.fields}
    rows = []
    for name, values in fields.items():
        for value in values:
            kept, low, high = _kept(value)
            rows.append((name, kept, document.id, low, high))
    return rows


@lru_cache(maxsize=50_000)
def _kept(value: str) -> tuple[str, str, str]:
    """Return a value as it is kept, with its first and last day where it is a date: most come again and again."""
    try:
        span = span_of(value)
    except NotADate:
        return field_value(value), "", ""
    return field_value(value), span.low, span.high


def _called(label: str, labels: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the values that people call so, upper and lower case and accents alike."""
    wanted = field_value(label)
    for name, values in labels.items():
        if field_value(name) == wanted:
            yield from values


@dataclass(slots=True)
class _Grouped:
    """The values of one field in one state of the index, each with its documents."""

    state: str
    values: dict[str, int]


@dataclass(slots=True)
class Fields:
    """The fields of one index."""

    schema: str
    changes: Changes
    _grouped: dict[str, _Grouped] = field(default_factory=dict)
    _orders: dict[tuple[str, bool], tuple[str, list[tuple[str, int]]]] = field(default_factory=dict)

    def forget(self) -> None:
        """Keep nothing."""
        self._grouped.clear()
        self._orders.clear()

    def having(
        self,
        connection: Connection,
        wanted: FieldValue | FieldPrefix | FieldRange,
        kind: FieldKind,
        labels: Labels,
    ) -> int:
        """Return the documents that have a value of a field."""
        match wanted:
            case FieldPrefix(name, value):
                begins = field_value(value)
                # Not LIKE: its wildcards would be the reader's to type.
                tests = {"v.value >= :low": begins, "v.value < :high": begins + chr(0x10FFFF)}
                return self._found(connection, name, tests)
            case FieldRange():
                return self._in_range(connection, wanted, kind)
            case FieldValue(name, value):
                exact = FieldRange(name, value, value, excludes_low=False, excludes_high=False)
                found = self._in_range(connection, exact, kind)
                for named in _called(value, labels.get(name, {})):
                    found |= self._found(connection, name, {"v.value = :value": field_value(named)})
                return found

    def counts(
        self, connection: Connection, names: Iterable[str], among: int
    ) -> Mapping[str, tuple[FacetCount, ...]]:
        """Return, for each field, how many of these documents have each value; none that none of them has."""
        return {
            name: tuple(
                FacetCount(value, count)
                for value, documents in self._values(connection, name).items()
                if (count := count_of(documents & among))
            )
            for name in names
        }

    def of(
        self, connection: Connection, ids: Sequence[int], names: Iterable[str]
    ) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
        """Return the values of some fields of a few documents, in the form in which they are kept."""
        wanted = frozenset(names)
        found: dict[int, dict[str, tuple[str, ...]]] = {document: {} for document in ids}
        for document, name, value, *_ in among(connection, FIELDS_OF.format(schema=self.schema), ids):
            if name in wanted:
                fields = found[document]
                fields[name] = (*fields.get(name, ()), value)
        return found

    def in_order(
        self, connection: Connection, name: str, kind: FieldKind, *, descending: bool
    ) -> list[tuple[str, int]]:
        """Return (value, document) of all documents that have the field, sorted; dates by their last day."""
        state = self.changes.state(connection)
        held = self._orders.get((name, descending))
        if held is None or held[0] != state:
            column = "high" if kind is FieldKind.DATE else "value"
            statement = text(_SORTED.format(schema=self.schema, column=column))
            dated = [(str(row[1]), int(row[0])) for row in connection.execute(statement, {"name": name})]
            held = (state, sorted(dated, reverse=descending))
            self._orders[name, descending] = held
        return held[1]

    def _in_range(self, connection: Connection, wanted: FieldRange, kind: FieldKind) -> int:
        tests: dict[str, object] = {}
        if kind is FieldKind.DATE:
            try:
                low = span_of(wanted.low) if wanted.low else Span(FIRST_DAY, FIRST_DAY)
                high = span_of(wanted.high) if wanted.high else Span(LAST_DAY, LAST_DAY)
            except NotADate:
                return EMPTY
            # Said so that SQLite sees the index of days fits.
            tests["v.high <> :none"] = ""
            tests["v.low > :low" if wanted.excludes_low else "v.high >= :low"] = (
                low.high if wanted.excludes_low else low.low
            )
            tests["v.high < :high" if wanted.excludes_high else "v.low <= :high"] = (
                high.low if wanted.excludes_high else high.high
            )
            return self._found(connection, wanted.field, tests)
        if wanted.low:
            tests["v.value > :low" if wanted.excludes_low else "v.value >= :low"] = field_value(wanted.low)
        if wanted.high:
            tests["v.value < :high" if wanted.excludes_high else "v.value <= :high"] = field_value(
                wanted.high
            )
        return self._found(connection, wanted.field, tests)

    def _found(self, connection: Connection, name: str, tests: Mapping[str, object]) -> int:
        """Return the documents for which every test holds; each test names its one parameter after a colon."""
        condition = " AND ".join(tests) or "1"
        values = {test.rpartition(":")[2]: value for test, value in tests.items()}
        statement = text(_FOUND.format(schema=self.schema) + condition)
        return set_of(connection.execute(statement, {"name": name, **values}).scalars())

    def _values(self, connection: Connection, name: str) -> dict[str, int]:
        state = self.changes.state(connection)
        held = self._grouped.get(name)
        if held is not None and held.state == state:
            return held.values
        changed = None if held is None else self.changes.changed(connection, held.state)
        if held is None or changed is None:
            values = self._read(connection, name)
        else:
            values = self._mended(connection, name, held.values, sorted(changed))
        self._grouped[name] = _Grouped(state, values)
        return values

    def _read(self, connection: Connection, name: str) -> dict[str, int]:
        members: dict[str, list[int]] = {}
        for value, document in rows(connection, _VALUES.format(schema=self.schema), (name,)):
            members.setdefault(value, []).append(document)
        return {value: set_of(documents) for value, documents in members.items()}

    def _mended(
        self, connection: Connection, name: str, before: Mapping[str, int], changed: Sequence[int]
    ) -> dict[str, int]:
        others = ~set_of(changed)
        values = {value: documents & others for value, documents in before.items()}
        for document, held, value, *_ in among(connection, FIELDS_OF.format(schema=self.schema), changed):
            if held == name:
                values[value] = values.get(value, EMPTY) | 1 << document
        return {value: documents for value, documents in values.items() if documents}

"""Search as the archive does it, under the gate and encrypted, against bare plaintext FTS5 and Whoosh's own index.

One run, one process, the same real narratives, the three taking turns. `python -m benchmarks.bench_search 100000`
measures another number of testimonies than `run`.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import sqlalchemy as sa
from sqlcipher3 import dbapi2
from whoosh import index as whoosh_index
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, STORED, TEXT, Schema
from whoosh.qparser import FuzzyTermPlugin, QueryParser

from benchmarks.archives import CASE, Measured, now, temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most
from benchmarks.testimonies import (
    SMALL_CASE,
    consent_row,
    decision_row,
    entry_of,
    reader_of,
    register_row,
    release_row,
    releases,
)
from search.queries import parse
from search.results import PageRequest
from testimony.domain.roles import Role
from testimony.policy.gate import Predicate
from testimony.services.sessions import Session, timestamp
from testimony.storage import log, released
from testimony.storage.cases import CASES
from testimony.storage.consents import CONSENTS, DECISIONS
from testimony.storage.register import REGISTER
from testimony.storage.releases import INDEX, RELEASES, Release, document_of

SIZE = 10_000
ROUNDS = 7
PAGE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of query in the three languages. FTS5 and Whoosh have no names: there the spelling is asked."""

    kind: str
    ours: str
    bare: str
    whoosh: str
    case: str = ""


QUERIES = (
    Asked("rare word", "lantern", "lantern", "lantern"),
    Asked("common word", "children", "children", "children"),
    Asked("commonest word", "the", "the", "the"),
    Asked("AND", "children AND mother", "children AND mother", "children AND mother"),
    Asked("OR", "children OR lantern", "children OR lantern", "children OR lantern"),
    Asked("phrase", '"big house"', '"big house"', '"big house"'),
    Asked("prefix", "planta*", "planta*", "planta*"),
    Asked("fuzzy", "childrn~", "children", "childrn~"),
    Asked("name", 'name:"Charlie Aarons"', "charlie AND aarons", "charlie AND aarons"),
    Asked("filtered by month", "mother month:2024-03", "mother", "mother AND month:2024-03"),
    Asked("grant of 1 %", "children", "children", "children", SMALL_CASE),
)


class Bare:
    """Plaintext FTS5 holding its content, with the tokenizer it has by itself."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bare.db"
        self._connection = dbapi2.connect(str(self.path), isolation_level=None)
        self._connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")

    def fill(self, rows: list[Release]) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO texts (rowid, text) VALUES (?, ?)", ((row.id, row.text) for row in rows)
        )
        self._connection.execute("COMMIT")

    def search(self, asked: Asked) -> int:
        found = self._connection.execute(
            "SELECT rowid, snippet(texts, 0, '[', ']', '…', 40) FROM texts WHERE texts MATCH ?"
            " ORDER BY rank LIMIT ?",
            (asked.bare, PAGE),
        )
        return len(found.fetchall())


class Whoosh:
    """Whoosh's own index, stemmed in English alone, no word left out, its texts stored for snippets."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        schema = Schema(
            number=STORED, text=TEXT(analyzer=StemmingAnalyzer(stoplist=None), stored=True), month=ID
        )
        self._index = whoosh_index.create_in(str(folder), schema)
        self._parser = QueryParser("text", schema)
        self._parser.add_plugin(FuzzyTermPlugin())

    def fill(self, rows: list[Release]) -> None:
        writer = self._index.writer(limitmb=256)
        for row in rows:
            writer.add_document(number=row.id, text=row.text, month=row.month)
        writer.commit()

    def search(self, asked: Asked) -> int:
        with self._index.searcher() as searcher:
            hits = searcher.search(self._parser.parse(asked.whoosh), limit=PAGE)
            return len([hit.highlights("text") for hit in hits])


class Ours:
    """A real archive: rows the gate asks, released texts and their index, and an entry in the log for each."""

    def __init__(self, measured: Measured) -> None:
        self._session: Session = measured.sessions[Role.REVIEWER]
        self._path = measured.path
        account = self._session.account.id
        self._allowed: Mapping[str, Predicate] = {
            "": reader_of((CASE, SMALL_CASE), account),
            SMALL_CASE: reader_of((SMALL_CASE,), account),
        }
        with self._session.archive.database.writing() as connection:
            small = {"title": "A small case", "opened_at": timestamp(now()), "opened_by": account}
            connection.execute(CASES.insert(), {"case_id": SMALL_CASE, **small})

    def fill_index(self, rows: list[Release]) -> None:
        with self._session.archive.database.writing() as connection:
            INDEX.put_all(connection, (document_of(connection, row, row.id) for row in rows))

    def fill_rows(self, rows: list[Release]) -> None:
        at, account = timestamp(now()), self._session.account.id
        with self._session.archive.database.writing() as connection:
            connection.execute(REGISTER.insert(), [register_row(row, account) for row in rows])
            connection.execute(CONSENTS.insert(), [consent_row(row) for row in rows])
            connection.execute(DECISIONS.insert(), [decision_row(row) for row in rows])
            connection.execute(RELEASES.insert(), [release_row(row) for row in rows])
            log.append(connection, [entry_of(row, at, account) for row in rows])

    def search(self, asked: Asked) -> int:
        with self._session.archive.database.reading() as connection:
            query = parse(asked.ours, released.FIELDS)
            page = released.search_released(
                connection, query, self._allowed[asked.case], PageRequest(size=PAGE)
            )
            return len(page.hits)

    def bytes_of_room(self) -> int:
        return (self._path / "reading_room.db").stat().st_size

    def bytes_of_index(self) -> int:
        """Return the reading room without the texts it holds anyway."""
        with self._session.archive.database.reading() as connection:
            kept = connection.execute(sa.select(sa.func.sum(sa.func.length(RELEASES.c.text)))).scalar_one()
        return self.bytes_of_room() - int(kept)


def run() -> tuple[Table | Bar, ...]:
    return measure(SIZE)


def measure(size: int) -> tuple[Table | Bar, ...]:
    rows = releases(size)
    text_bytes = sum(len(row.text.encode()) for row in rows)
    with tempfile.TemporaryDirectory() as folder, temporary_archive() as measured:
        ours, bare, whoosh = Ours(measured), Bare(Path(folder)), Whoosh(Path(folder) / "whoosh")
        seconds = {
            "bare FTS5, plaintext": _seconds(lambda: bare.fill(rows)),
            "archive: index": _seconds(lambda: ours.fill_index(rows)),
            "archive: rows of the gate, texts, log": _seconds(lambda: ours.fill_rows(rows)),
            "Whoosh, stemmed": _seconds(lambda: whoosh.fill(rows)),
        }
        file_bytes, bare_bytes = ours.bytes_of_room(), bare.path.stat().st_size
        index_bytes = ours.bytes_of_index()
        times = _ask_in_turns(ours, bare, whoosh)
    return (
        _index_table(size, text_bytes, seconds),
        _size_table(
            text_bytes, {"reading room": file_bytes, "its index": index_bytes, "bare FTS5": bare_bytes}
        ),
        _query_table(size, times),
        *_index_bars(seconds, file_bytes / text_bytes),
        *_query_bars(times),
    )


Times = Mapping[str, tuple[list[float], list[float], list[float]]]


def _ask_in_turns(ours: Ours, bare: Bare, whoosh: Whoosh) -> Times:
    """Return the seconds of each kind of query for the three; the first round only warms them."""
    times: dict[str, tuple[list[float], list[float], list[float]]] = {}
    for asked in QUERIES:
        engines: tuple[Ours | Bare | Whoosh, ...] = (ours, bare, whoosh)
        found = [engine.search(asked) for engine in engines]
        if not all(found):
            raise RuntimeError(f"a measured query finds something: {asked.kind}, {found}")
        times[asked.kind] = ([], [], [])
        for _ in range(ROUNDS):
            for engine, taken in zip(engines, times[asked.kind], strict=True):
                taken.append(_seconds(partial(engine.search, asked)))
    return times


def _index_bars(seconds: Mapping[str, float], file_ratio: float) -> tuple[Bar, ...]:
    bare, index, rows, whoosh = seconds.values()
    return (
        at_least("index against Whoosh", whoosh / (index + rows), 6, "×"),
        at_most("index against bare FTS5", (index + rows) / bare, 4, "×"),
        at_most("reading room against its text", file_ratio, 4, "×"),
    )


def _query_bars(times: Times) -> tuple[Bar, ...]:
    medians = [tuple(map(median, taken)) for taken in times.values()]
    every = sorted(second for ours, _, _ in times.values() for second in ours)
    return (
        at_least("queries against Whoosh, median of kinds", median(w / o for o, _, w in medians), 10, "×"),
        at_most("queries against bare FTS5, median of kinds", median(o / b for o, b, _ in medians), 2, "×"),
        at_most("p95 of all queries", quantiles(every, n=20)[-1] * 1e3, 100, " ms"),
    )


def _index_table(size: int, text_bytes: int, seconds: Mapping[str, float]) -> Table:
    bare = next(iter(seconds.values()))
    rows = (
        (name, f"{s:.2f}", f"{text_bytes / s / 1e6:.1f}", f"{s / bare:.2f}") for name, s in seconds.items()
    )
    title = f"Indexing {size:,} testimonies, {text_bytes / 1e6:.0f} MB of text"
    return Table(title, ("index", "seconds", "MB/s", "of bare"), tuple(rows))


def _size_table(text_bytes: int, sizes: Mapping[str, int]) -> Table:
    rows = ((name, f"{size / 1e6:.1f}", f"{size / text_bytes:.2f}") for name, size in sizes.items())
    return Table("On disk", ("file", "MB", "of the text"), tuple(rows))


def _query_table(size: int, times: Times) -> Table:
    rows = []
    for kind, taken in times.items():
        ours, bare, whoosh = (median(each) * 1e3 for each in taken)
        figures = (
            f"{ours:.1f}",
            f"{bare:.1f}",
            f"{whoosh:.1f}",
            f"{ours / bare:.1f}",
            f"{whoosh / ours:.1f}",
        )
        rows.append((kind, *figures))
    title = f"{PAGE} hits with snippets among {size:,}, median of {ROUNDS} in ms"
    columns = ("query", "archive", "bare FTS5", "Whoosh", "of bare", "faster than Whoosh")
    return Table(title, columns, tuple(rows))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(*measure(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE), sep="\n")

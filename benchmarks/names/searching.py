"""Pairs asked as an archive is asked: the one spelling in a text of an encrypted index, the other as `name:"…"`."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2

from benchmarks.names.pairs import Pair
from search.access import Access
from search.documents import Document
from search.index import Index
from search.languages import Script, script_of
from search.queries import parse
from search.results import PageRequest

_KEY = "x'" + "5e" * 48 + "'"
_EVERYTHING = Access("doc.id IS NOT NULL", {}, "")
# As many as a page may hold; no name here is found in more texts.
_ALL = PageRequest(size=1_000)
_SENTENCES = {
    Script.LATIN: (
        ("eng", "We saw {} at the market on Thursday, before the soldiers came."),
        ("fra", "Le matin, {} est parti au puits et n'est pas revenu."),
    ),
    Script.CYRILLIC: (("rus", "Тогда на рынке был {}, и с ним двое солдат."),),
    Script.ARABIC: (("arb", "رأيت {} في السوق يوم الخميس قبل أن يأتي الجنود."),),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What the searches found: for each pair whether its own text is found, how many other texts, how long it took."""

    own: tuple[bool, ...]
    strangers: tuple[int, ...]
    milliseconds: tuple[float, ...]


def searched(pairs: Sequence[Pair], strangers: Sequence[str]) -> Answers:
    """Ask the second spelling of each pair where the first stands in a text of its own, among texts of strangers."""
    names = [*(pair.one for pair in pairs), *strangers]
    with tempfile.TemporaryDirectory() as folder, _index(Path(folder)) as (connection, index):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        index.put_all(connection, (_document(number, name) for number, name in enumerate(names, start=1)))
        connection.exec_driver_sql("COMMIT")
        own, others, took = [], [], []
        for number, pair in enumerate(pairs, start=1):
            started = time.perf_counter()
            page = index.search(connection, parse(f'name:"{pair.other}"', {}), _EVERYTHING, _ALL)
            took.append((time.perf_counter() - started) * 1000)
            own.append(any(hit.id == number for hit in page.hits))
            others.append(page.total - own[-1])
    return Answers(tuple(own), tuple(others), tuple(took))


def _document(number: int, name: str) -> Document:
    sentences = _SENTENCES.get(script_of(name), _SENTENCES[Script.LATIN])
    language, sentence = sentences[number % len(sentences)]
    return Document(number, sentence.format(name), language, {})


@contextmanager
def _index(folder: Path) -> Iterator[tuple[sa.Connection, Index]]:
    def connect() -> object:
        connection = dbapi2.connect(folder / "names.db", isolation_level=None)
        connection.execute(f'PRAGMA key = "{_KEY}"')
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, module=dbapi2, poolclass=NullPool)
    index = Index("main")
    with engine.connect() as connection:
        index.create(connection)
        yield connection, index

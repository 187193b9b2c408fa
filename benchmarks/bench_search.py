"""Search as the archive does it, under the gate and encrypted, against bare plaintext FTS5 and Whoosh's own index.

One run, one process, the same real narratives, the engines taking turns. Each query is asked for the first time,
when nothing of its answer is known, and then again. `python -m benchmarks.bench_search 1000000` measures another
number of testimonies than `run`; with `whoosh` behind it, Whoosh as well, however long it takes.
"""

import gc
import resource
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from benchmarks.archives import temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most
from benchmarks.search_engines import PAGE, Bare, Ours, Search, Tantivy, Whoosh
from benchmarks.search_queries import Asked, queries, warming
from benchmarks.testimonies import releases
from testimony.storage.releases import Release

SIZES = (10_000, 100_000)
AGAIN = 3
WARMING = Asked("warming", "nothing-of-this", "nothing", "nothing")
WHOOSH_SIZE = 10_000
"""Beyond so many testimonies Whoosh indexes for a quarter of an hour and more; there it is measured when asked for."""
WITH_WHOOSH = "whoosh"
ARCHIVE = "archive: index, rows of the gate, texts, log"


@dataclass(slots=True)
class Times:
    """Seconds of each query, by engine: asked for the first time, and the median of asking again."""

    asked: Asked
    first: dict[str, float] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)


def run() -> tuple[Table | Bar, ...]:
    return tuple(shown for size in SIZES for shown in measure(size))


def measure(size: int, largest_for_whoosh: int = WHOOSH_SIZE) -> tuple[Table | Bar, ...]:
    rows = releases(size)
    text_bytes = sum(len(row.text.encode()) for row in rows)
    with tempfile.TemporaryDirectory() as folder, temporary_archive() as measured:
        ours = Ours(measured)
        seconds = {ARCHIVE: _seconds(lambda: ours.fill(rows))}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bare = Bare(Path(folder))
        seconds["bare FTS5, plaintext"] = _seconds(lambda: bare.fill(rows))
        others = _others(Path(folder), rows, seconds, largest_for_whoosh)
        opened = _seconds(lambda: ours.search(WARMING))
        engines: dict[str, Search] = {"archive": ours.search, "bare FTS5": bare.search, **others}
        # What the bench itself holds is no part of what is measured: the collector need not go through it.
        gc.collect()
        gc.freeze()
        for number, asked in enumerate(warming()):
            _ask(asked, engines, number, again=0)
        times = [_ask(asked, engines, number) for number, asked in enumerate(queries())]
        gc.unfreeze()
        sizes = {
            "reading room": ours.bytes_of_room(),
            "its index": ours.bytes_of_index(),
            "bare FTS5": bare.path.stat().st_size,
        }
    beside = [
        ("first search after opening: the gate asked about all", f"{opened * 1e3:.0f} ms"),
        ("memory at its most while indexing", f"{peak:.0f} MiB"),
    ]
    return (
        _index_table(size, text_bytes, seconds),
        _size_table(text_bytes, sizes),
        _query_table(size, times),
        Table("Beside", ("", "figure"), tuple(beside)),
        *_bars(size, seconds, sizes["reading room"] / text_bytes, times),
    )


def _others(
    folder: Path, rows: list[Release], seconds: dict[str, float], largest_for_whoosh: int
) -> dict[str, Search]:
    others: dict[str, Search] = {}
    if len(rows) <= largest_for_whoosh:
        whoosh = Whoosh(folder / "whoosh")
        seconds["Whoosh, stemmed"] = _seconds(lambda: whoosh.fill(rows))
        others["Whoosh"] = whoosh.search
    limit = Tantivy(folder / "tantivy")
    seconds["Tantivy, stemmed, plaintext"] = _seconds(lambda: limit.fill(rows))
    others["Tantivy"] = limit.search
    return others


def _ask(asked: Asked, engines: Mapping[str, Search], number: int, again: int = AGAIN) -> Times:
    """Ask every engine, each query beginning with another: who comes after Whoosh finds the processor's caches full."""
    times = Times(asked)
    words = {"Whoosh": asked.whoosh, "Tantivy": asked.tantivy}
    chosen = {name: search for name, search in engines.items() if words.get(name, "asked")}
    order = deque(chosen)
    order.rotate(number)
    for name in order:
        search = chosen[name]
        start = time.perf_counter()
        if not search(asked) and again:
            raise RuntimeError(f"a measured query finds something: {asked.kind}, {asked.ours}, {name}")
        times.first[name] = time.perf_counter() - start
    for name, search in chosen.items():
        rounds = min(again, 1) if name == "Whoosh" else again
        seconds = [_seconds(partial(search, asked)) for _ in range(rounds)]
        times.again[name] = median(seconds) if seconds else times.first[name]
    return times


def _bars(
    size: int, seconds: Mapping[str, float], file_ratio: float, times: Sequence[Times]
) -> Iterator[Bar]:
    among = f", {size:,}"
    archive = seconds[ARCHIVE]
    if whoosh := seconds.get("Whoosh, stemmed"):
        yield at_least(f"index against Whoosh{among}", whoosh / archive, 6, "×")
    yield at_most(f"index against bare FTS5{among}", archive / seconds["bare FTS5, plaintext"], 4, "×")
    yield at_most(f"reading room against its text{among}", file_ratio, 4, "×")
    ours = [each.first["archive"] for each in times]
    if slower := [each.first["Whoosh"] / each.first["archive"] for each in times if "Whoosh" in each.first]:
        yield at_least(f"queries against Whoosh, median{among}", median(slower), 10, "×")
    ratios = [each.first["archive"] / each.first["bare FTS5"] for each in times]
    yield at_most(f"queries against bare FTS5, median{among}", median(ratios), 2, "×")
    yield at_most(
        f"p95 of queries asked for the first time{among}", quantiles(ours, n=20)[-1] * 1e3, 100, " ms"
    )


def _index_table(size: int, text_bytes: int, seconds: Mapping[str, float]) -> Table:
    bare = seconds["bare FTS5, plaintext"]
    rows = (
        (name, f"{s:.2f}", f"{text_bytes / s / 1e6:.1f}", f"{s / bare:.2f}") for name, s in seconds.items()
    )
    title = f"Indexing {size:,} testimonies, {text_bytes / 1e6:.0f} MB of text"
    return Table(title, ("index", "seconds", "MB/s", "of bare"), tuple(rows))


def _size_table(text_bytes: int, sizes: Mapping[str, int]) -> Table:
    rows = ((name, f"{size / 1e6:.1f}", f"{size / text_bytes:.2f}") for name, size in sizes.items())
    return Table("On disk", ("file", "MB", "of the text"), tuple(rows))


def _query_table(size: int, times: Sequence[Times]) -> Table:
    kinds = list(dict.fromkeys(each.asked.kind for each in times))
    rows = []
    for kind in kinds:
        own = [each for each in times if each.asked.kind == kind]
        figures = [_milliseconds(own, "archive", "first"), _milliseconds(own, "archive", "again")]
        figures += [_milliseconds(own, name, "first") for name in ("bare FTS5", "Whoosh", "Tantivy")]
        rows.append((kind, str(len(own)), *figures))
    title = (
        f"{PAGE} hits with snippets among {size:,}; the archive's with gate and facets; median of a kind, ms"
    )
    return Table(title, ("query", "of", "archive", "again", "bare FTS5", "Whoosh", "Tantivy"), tuple(rows))


def _milliseconds(times: Sequence[Times], name: str, which: str) -> str:
    found = [taken[name] for each in times if name in (taken := getattr(each, which))]
    return f"{median(found) * 1e3:.1f}" if found else "-"


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    asked_size = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[0]
    print(*measure(asked_size, asked_size if WITH_WHOOSH in sys.argv else WHOOSH_SIZE), sep="\n")

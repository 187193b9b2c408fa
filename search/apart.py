"""Texts analysed in a process of their own while this one writes: of a large import each is half of the work.

The process holds what it was sent and no key, takes nothing from the environment, writes no file, and ends with its
input. It says what `Analysis` says, batch by batch, in order; the last step is left to a thread here, since the process
is what is waited for. Where it cannot be started, or ends too early, the caller analyses for itself: `Gone`.

    message := length (8 bytes, big-endian) marshalled value; to it: [(text, language)], from it: ([Terms], met)
"""

import gc
import marshal
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

if __name__ == "__main__":
    # Started by its path and cut off from the environment, it knows only the packages of its interpreter.
    sys.path.insert(0, str(Path(__file__).parents[1]))

from search.analysis import Analysis, Met, Terms, tightened

AHEAD = 12
"""Batches that may be under way at once: as much as is analysed while rows beside the index are written."""

_LENGTH = 8
_Texts = Sequence[tuple[str, str]]
_Answer = tuple[list[Terms], Met]


class Gone(Exception):
    """The process cannot be asked any more."""


class AnalysisApart:
    """A process that analyses. What was sent and not yet taken is in memory, here or there: AHEAD batches at most."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process started with pipes has them")
        self._to_send: queue.SimpleQueue[_Texts | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer | None] = queue.SimpleQueue()
        # Of their own, since a pipe holds less than a batch: the process would wait while this one writes rows.
        self._threads = (
            threading.Thread(target=_feed, args=(process.stdin, self._to_send), daemon=True),
            threading.Thread(target=_collect, args=(process.stdout, self._answers), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def send(self, texts: _Texts) -> None:
        """Have texts analysed, each with its language."""
        self._to_send.put(texts)

    def has_answer(self) -> bool:
        """True when `take` need not wait."""
        return not self._answers.empty()

    def take(self) -> tuple[list[Terms], Met]:
        """Return the terms of the texts sent first, and those met there for the first time. Raises Gone."""
        answer = self._answers.get()
        if answer is None:
            self._answers.put(None)  # Whoever asks again is told the same.
            raise Gone
        return answer

    def end(self) -> None:
        """Send nothing more. The process has been stopped."""
        self._to_send.put(None)
        for thread in self._threads:
            thread.join()


@contextmanager
def analysis_apart() -> Iterator[AnalysisApart]:
    """Start a process that analyses; it has ended when the block ends. Raises Gone when none can be started."""
    try:
        process = subprocess.Popen(  # noqa: S603  # our own module, by our own interpreter, with nothing of a text
            (sys.executable, "-I", "-B", __file__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
    except OSError:
        raise Gone from None
    apart = AnalysisApart(process)
    try:
        yield apart
    finally:
        process.kill()
        apart.end()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What it was still to be told goes nowhere.
                with suppress(OSError):
                    pipe.close()


def _feed(into: IO[bytes], to_send: "queue.SimpleQueue[_Texts | None]") -> None:
    while (texts := to_send.get()) is not None:
        try:
            _send(into, list(texts))
        except OSError:
            return  # It ended; whoever takes its answer finds that out.


def _collect(source: IO[bytes], answers: "queue.SimpleQueue[_Answer | None]") -> None:
    """Put each answer there, and None once there are no more."""
    with suppress(EOFError, OSError, ValueError, TypeError):
        while True:
            terms, met = _received(source)
            answers.put(([tightened(Terms(*each)) for each in terms], set(met)))
    answers.put(None)


def _send(into: IO[bytes], value: Any) -> None:
    message = marshal.dumps(value)
    into.write(len(message).to_bytes(_LENGTH, "big") + message)
    into.flush()


def _received(source: IO[bytes]) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    length = int.from_bytes(_exactly(source, _LENGTH), "big")
    # Not from outside: what is read here was written by this very module in the process it started.
    terms, met = marshal.loads(_exactly(source, length))  # noqa: S302  # our own process
    return terms, met


def _exactly(source: IO[bytes], size: int) -> bytes:
    content = source.read(size)
    if len(content) != size:
        raise EOFError
    return content


def main() -> None:
    gc.disable()  # It keeps words, and nothing that refers to itself.
    analysis = Analysis()
    source, into = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(_LENGTH):
        texts = marshal.loads(_exactly(source, int.from_bytes(head, "big")))  # noqa: S302  # from who started this
        found = (analysis.loose_terms(text, language) for text, language in texts)
        _send(into, ([(each.exact, each.stem, each.name) for each in found], list(analysis.newly_met())))


if __name__ == "__main__":
    main()

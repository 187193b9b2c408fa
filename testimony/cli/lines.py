"""A file's lines for a command: read one at a time, none longer than it may be."""

from collections.abc import Iterator
from typing import BinaryIO


def bounded_lines(source: BinaryIO, max_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Yield each line with the bytes it took in the file.

    A longer line comes as its first `max_bytes` + 1 bytes, so that whoever reads it sees that it is too long; what
    follows of it is passed over without being kept.
    """
    while line := source.readline(max_bytes + 1):
        taken = len(line)
        while not line.endswith(b"\n") and (rest := source.readline(max_bytes)):
            taken += len(rest)
            if rest.endswith(b"\n"):
                break
        yield line, taken

"""A Merkle tree built again from its leaves, many at a time, keeping only its right edge. Knows no storage
and no entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from crypto.merkle import complete_subtrees, tree_root


@dataclass(frozen=True, slots=True)
class Row:
    """Neighbouring subtrees of one level that became complete. `first`: position of the first."""

    level: int
    first: int
    hashes: list[bytes]


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """`crypto.merkle.leaf_hash` for bulk."""
    return [sha256(b"\0" + entry).digest() for entry in entries]


class GrowingTree:
    """`crypto.merkle.Frontier` for bulk: a level is hashed in one go, and every root inside the last step
    can still be asked for.
    """

    def __init__(self) -> None:
        self.size = 0
        self._edge: dict[tuple[int, int], bytes] = {}
        self._rows: tuple[Row, ...] = ()

    def extend(self, leaf_hashes: Sequence[bytes]) -> tuple[Row, ...]:
        """Add leaves; return the subtrees that they complete, the leaves first, then upwards."""
        self._edge = {place: self._node(*place) for place in complete_subtrees(self.size)}
        rows = [Row(0, self.size, list(leaf_hashes))]
        while rows[-1].hashes:
            below = rows[-1]
            children, first = below.hashes, below.first
            if first & 1:
                # The left sibling was complete before this step.
                children, first = [self._edge[below.level, first - 1], *children], first - 1
            # `crypto.merkle.node_hash` for bulk: a call for each would cost as much as the hash.
            pairs = zip(children[::2], children[1::2], strict=False)
            made = [sha256(b"\1" + left + right).digest() for left, right in pairs]
            rows.append(Row(below.level + 1, first >> 1, made))
        self._rows = tuple(rows[:-1])
        self.size += len(leaf_hashes)
        return self._rows

    def root_at(self, size: int) -> bytes:
        """The root at a size that the last step reached or passed, or at the size before it."""
        return tree_root(size, self._node)

    def root(self) -> bytes:
        return self.root_at(self.size)

    def _node(self, level: int, index: int) -> bytes:
        if level < len(self._rows):
            row = self._rows[level]
            if row.first <= index < row.first + len(row.hashes):
                return row.hashes[index - row.first]
        return self._edge[level, index]

"""The Merkle tree of the log: hashes, an append-only frontier, proofs and verification (RFC 9162, 2.1).

A complete subtree has a level (0 is a leaf) and an index from the left; its hash never changes once it
exists, so it is stored once and every root and proof of every size is made from stored subtrees. Knows no
storage: the caller hands in `node(level, index) -> bytes`.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from crypto.errors import BadProof, Malformed

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree over the 2**level leaves that start at leaf index * 2**level."""

    level: int
    index: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_subtrees(size: int) -> tuple[tuple[int, int], ...]:
    """Return (level, index) of the complete subtrees that make up a tree of this size, from the left."""
    _require_size(size)
    levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
    return tuple((level, (size >> level) - 1) for level in levels)


class Frontier:
    """The right edge of a growing tree: what is needed to append a leaf and to know the root."""

    __slots__ = ("_hashes", "_size")

    def __init__(self) -> None:
        self._size = 0
        # One hash for each bit of the size, from the largest subtree (left) to the smallest.
        self._hashes: list[bytes] = []

    @classmethod
    def from_nodes(cls, size: int, hashes: Sequence[bytes]) -> Self:
        """Take up a tree again. hashes: of `complete_subtrees(size)`, in that order. Raises Malformed."""
        if len(hashes) != size.bit_count() or any(len(value) != HASH_BYTES for value in hashes):
            raise Malformed("not the complete subtrees of a tree of this size")
        _require_size(size)
        frontier = cls()
        frontier._size = size
        frontier._hashes = list(hashes)
        return frontier

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> tuple[Node, ...]:
        """Add a leaf hash; return the subtrees that it completes: the leaf itself first, then upwards."""
        if len(leaf) != HASH_BYTES:
            raise Malformed("a leaf hash is 32 bytes")
        made = [Node(0, self._size, leaf)]
        while self._size >> made[-1].level & 1:
            below = made[-1]
            made.append(Node(below.level + 1, below.index >> 1, node_hash(self._hashes.pop(), below.hash)))
        self._hashes.append(made[-1].hash)
        self._size += 1
        return tuple(made)

    def root(self) -> bytes:
        return _fold(self._hashes)


def tree_root(size: int, node: NodeReader) -> bytes:
    """Return the root that the tree had at this size."""
    return _fold([node(level, index) for level, index in complete_subtrees(size)])


def inclusion_proof(index: int, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Return the path from leaf `index` to the root of the tree of `size`, lowest hash first.

    Raises ValueError if the leaf is not in the tree. Source: RFC 9162, 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError("the leaf is not in a tree of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old_size: int, new_size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Return the hashes that show the tree of `old_size` to be the beginning of the tree of `new_size`.

    Raises ValueError unless 0 <= old <= new. Source: RFC 9162, 2.1.4.1.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError("the old tree is no larger than the new one")
    if old_size in (0, new_size):
        return ()
    path: list[bytes] = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    if start:
        # Only when the old tree is not itself a subtree that the verifier already has as the old root.
        path.append(_range_root(start, end, node))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises BadProof unless the leaf hash is at `index` of this tree (RFC 9162, 2.1.3.2)."""
    _require_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise BadProof("the leaf is not in a tree of this size")
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while position & 1 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    if last or value != root:
        raise BadProof("the leaf is not under this root")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises BadProof unless the old tree is the beginning of the new one (RFC 9162, 2.1.4.2)."""
    _require_hashes(old_root, new_root, *proof)
    if not 0 <= old_size <= new_size:
        raise BadProof("a tree does not shrink")
    if old_size in (0, new_size):
        known = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != known or (new_size == 0 and new_root != EMPTY_ROOT):
            raise BadProof("the roots of these sizes do not agree")
        return
    if not proof:
        raise BadProof("the proof is empty")
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if position & 1 or position == last:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
            while position & 1 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        position, last = position >> 1, last >> 1
    if last or old_value != old_root or new_value != new_root:
        raise BadProof("the old tree is not the beginning of the new one")


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees given from the left, largest first."""
    if not hashes:
        return EMPTY_ROOT
    value = hashes[-1]
    for left in reversed(hashes[:-1]):
        value = node_hash(left, value)
    return value


def _range_root(start: int, end: int, node: NodeReader) -> bytes:
    """Return the root over the leaves [start, end), a subtree of RFC 9162: start is aligned to it."""
    hashes = []
    for level in reversed(range((end - start).bit_length())):
        if (end - start) >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return _fold(hashes)


def _split(width: int) -> int:
    """Return the largest power of two below the width."""
    return 1 << ((width - 1).bit_length() - 1)


def _require_size(size: int) -> None:
    if size < 0:
        raise ValueError("a tree has no negative size")


def _require_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise BadProof("a hash of the proof is not 32 bytes")

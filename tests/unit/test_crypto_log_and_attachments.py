"""Attachments read from slow and seekable sources; the frontier, the proofs and the notes of the log."""

import io
from typing import BinaryIO, cast

import pytest

from crypto.errors import BadProof, BadSignature, Malformed, Tampered
from crypto.frames import FRAME_BYTES, open_frames, open_range, plain_size, seal_frames, sealed_size
from crypto.keys import Secret
from crypto.merkle import (
    EMPTY_ROOT,
    Frontier,
    complete_subtrees,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from crypto.notes import (
    Checkpoint,
    open_checkpoint,
    open_note,
    open_note_of_others,
    sign_checkpoint,
    sign_note,
    verifier_key,
)
from crypto.signing import SigningKey

SECRET = Secret(b"\x07" * 32)
KEY = SigningKey(SECRET)
PLAIN = bytes(range(256)) * 1024  # four frames exactly


class SlowSource(io.BytesIO):
    """Gives at most 1000 bytes at a time, as a socket may, and counts what was read."""

    total = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(1000 if size is None or size < 0 else min(size, 1000))
        self.total += len(part)
        return part


def sealed(plain: bytes) -> bytes:
    return b"".join(seal_frames(SECRET, io.BytesIO(plain), b"object"))


def test_a_source_that_gives_little_at_a_time_is_sealed_and_opened_whole() -> None:
    value = b"".join(seal_frames(SECRET, cast(BinaryIO, SlowSource(PLAIN)), b"object"))

    assert b"".join(open_frames(SECRET, cast(BinaryIO, SlowSource(value)), b"object")) == PLAIN


def test_a_range_reads_only_the_frames_that_hold_it() -> None:
    source = SlowSource(sealed(PLAIN))

    part = b"".join(open_range(SECRET, cast(BinaryIO, source), b"object", FRAME_BYTES + 5, FRAME_BYTES + 9))

    assert part == PLAIN[FRAME_BYTES + 5 : FRAME_BYTES + 9]
    assert source.total < 2 * FRAME_BYTES


def test_an_attachment_under_another_secret_or_context_does_not_open() -> None:
    value = sealed(b"a photograph")

    for key, context in ((Secret(bytes(32)), b"object"), (SECRET, b"another")):
        with pytest.raises(Tampered):
            b"".join(open_frames(key, io.BytesIO(value), context))
        with pytest.raises(Tampered):
            b"".join(open_range(key, io.BytesIO(value), context, 0, 5))


def test_a_range_behind_the_end_finds_out_a_cut_attachment() -> None:
    value = sealed(PLAIN)
    cut = value[: len(value) - FRAME_BYTES - 16]

    assert b"".join(open_range(SECRET, io.BytesIO(value), b"object", len(PLAIN), len(PLAIN) + 1)) == b""
    with pytest.raises(Tampered):
        b"".join(open_range(SECRET, io.BytesIO(cut), b"object", len(PLAIN), len(PLAIN) + 1))


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4)])
def test_a_range_that_is_none_is_a_mistake_of_the_caller(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="range"):
        b"".join(open_range(SECRET, io.BytesIO(sealed(b"x")), b"object", start, end))


@pytest.mark.parametrize("size", [0, 11, 12, 27, 12 + FRAME_BYTES + 16 + 1, 12 + FRAME_BYTES + 16 + 16])
def test_a_size_that_sealing_never_gives_is_found(size: int) -> None:
    with pytest.raises(Tampered):
        plain_size(size)


def test_no_attachment_has_a_negative_size() -> None:
    with pytest.raises(ValueError, match="negative"):
        sealed_size(-1)


def test_appending_names_every_subtree_it_completes() -> None:
    frontier = Frontier()

    made = [[(node.level, node.index) for node in frontier.append(leaf_hash(b"x"))] for _ in range(4)]

    assert made == [[(0, 0)], [(0, 1), (1, 0)], [(0, 2)], [(0, 3), (1, 1), (2, 0)]]
    assert complete_subtrees(7) == ((2, 0), (1, 2), (0, 6))


def test_a_frontier_taken_up_again_goes_on_as_before() -> None:
    whole = Frontier()
    nodes: dict[tuple[int, int], bytes] = {}
    for number in range(7):
        nodes |= {(node.level, node.index): node.hash for node in whole.append(leaf_hash(b"%d" % number))}

    again = Frontier.from_nodes(7, [nodes[place] for place in complete_subtrees(7)])

    assert again.append(leaf_hash(b"7")) == whole.append(leaf_hash(b"7"))
    assert (again.size, again.root()) == (8, whole.root())


def test_an_empty_log_has_the_root_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    verify_consistency(0, EMPTY_ROOT, 1, leaf_hash(b"x"), ())
    with pytest.raises(BadProof):
        verify_consistency(0, leaf_hash(b"x"), 1, leaf_hash(b"x"), ())


def test_an_entry_that_looks_like_a_node_is_no_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")

    assert leaf_hash(b"\x01" + left + right) != node_hash(left, right)
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("size", "hashes"), [(1, []), (3, [bytes(32)]), (1, [b"short"]), (0, [bytes(32)])])
def test_a_frontier_of_the_wrong_nodes_is_refused(size: int, hashes: list[bytes]) -> None:
    with pytest.raises(Malformed):
        Frontier.from_nodes(size, hashes)


def test_a_proof_outside_the_tree_is_a_mistake_or_refused() -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(1, 1, lambda level, index: bytes(32))
    with pytest.raises(ValueError, match="no larger"):
        consistency_proof(2, 1, lambda level, index: bytes(32))
    with pytest.raises(BadProof):
        verify_inclusion(bytes(32), 1, 1, (), bytes(32))
    with pytest.raises(BadProof):
        verify_consistency(2, bytes(32), 1, bytes(32), ())


def test_a_note_is_opened_by_its_key_under_its_name_only() -> None:
    note = sign_note("line one\n\nline three, ما قاله\n", "archive.example", KEY)

    assert open_note(note, "archive.example", KEY.public) == "line one\n\nline three, ما قاله\n"
    with pytest.raises(BadSignature):
        open_note(note, "other.example", KEY.public)
    with pytest.raises(BadSignature):
        open_note(note, "archive.example", SigningKey(Secret(bytes(32))).public)


def test_other_tools_verify_the_note_with_the_verifier_key() -> None:
    note = sign_note("text\n", "archive.example", KEY)

    assert open_note_of_others(note, verifier_key("archive.example", KEY.public)) == "text\n"


def test_signatures_of_witnesses_are_let_by() -> None:
    note = sign_note("text\n", "archive.example", KEY)
    witness = sign_note("text\n", "witness.example", SigningKey(Secret(bytes(32)))).partition("\n\n")[2]

    assert open_note(note + witness, "archive.example", KEY.public) == "text\n"


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak", "no\u00a0space", "\x7f"])
def test_a_name_that_a_note_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        sign_note("text\n", name, KEY)
    with pytest.raises(Malformed):
        Checkpoint(name, 0, EMPTY_ROOT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\nAAAA\n",
        "o\n-1\nAAAA\n",
        "o\n1\nAAAA\n",
        "o\n٣\nAAAA\n",
        "o\n" + "9" * 40 + "\nAAAA\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.from_text(text)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    foreign = sign_note(Checkpoint("other.example", 0, EMPTY_ROOT).text, "archive.example", KEY)

    with pytest.raises(Malformed):
        open_checkpoint(foreign, "archive.example", KEY.public)
    own = Checkpoint("archive.example", 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(own, KEY), "archive.example", KEY.public) == own

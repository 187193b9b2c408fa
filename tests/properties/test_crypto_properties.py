"""Whatever the bytes: what was sealed opens, what was changed does not, readers fail with our errors only."""

import io
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from crypto.codes import OneTimeCode, code_secret, normalise_code
from crypto.errors import BadProof, CryptoError, Tampered
from crypto.frames import (
    FRAME_BYTES,
    HEADER_BYTES,
    SEALED_FRAME_BYTES,
    open_frames,
    open_range,
    plain_size,
    seal_frames,
    sealed_size,
)
from crypto.keys import Secret
from crypto.labels import Label
from crypto.locking import lock, unlock
from crypto.merkle import (
    EMPTY_ROOT,
    Frontier,
    complete_subtrees,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from crypto.notes import Checkpoint, open_note, open_note_of_others, sign_checkpoint
from crypto.passwords import LockedBundle
from crypto.sealing import SealingKey, SealingPublicKey, open_sealed, padded_size, seal
from crypto.shares import combine, split
from crypto.signing import SIGNATURE_BYTES, SigningKey, VerifyingKey, sign, verify

SECRET = Secret(bytes(range(32)))
SEALING = SealingKey(SECRET)
SIGNING = SigningKey(SECRET)
SIZES = st.one_of(
    st.integers(0, 40),
    st.sampled_from([FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 2 * FRAME_BYTES + 7]),
)


def plaintext(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def sealed_frames(size: int) -> bytes:
    return b"".join(seal_frames(SECRET, io.BytesIO(plaintext(size)), b"object"))


def flip(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8 % len(value)] ^= 1 << bit % 8
    return bytes(changed)


@given(st.binary(max_size=5000), st.binary(max_size=40))
def test_what_was_sealed_opens_to_the_same_bytes(content: bytes, context: bytes) -> None:
    sealed = seal(SEALING.public, content, Label.INTAKE, context)

    assert open_sealed(SEALING, sealed, Label.INTAKE, context) == content


@given(st.integers(0))
def test_a_flipped_bit_of_a_sealed_value_is_found(bit: int) -> None:
    sealed = seal(SEALING.public, b"a witness", Label.INTAKE)

    with pytest.raises(Tampered):
        open_sealed(SEALING, flip(sealed, bit), Label.INTAKE)


@given(st.integers(2, 1 << 40))
def test_padding_costs_little_and_never_cuts(size: int) -> None:
    assert size <= padded_size(size) <= size * 1.12 + 1


@given(st.binary(max_size=300), st.integers(0))
def test_a_locked_value_opens_and_a_flipped_bit_is_found(content: bytes, bit: int) -> None:
    locked = lock(SECRET, content, Label.SESSION_KEYS)

    assert unlock(SECRET, locked, Label.SESSION_KEYS) == content
    with pytest.raises(Tampered):
        unlock(SECRET, flip(locked, bit), Label.SESSION_KEYS)


@given(st.binary(max_size=200), st.integers(0, SIGNATURE_BYTES * 8 - 1))
def test_a_signature_holds_and_a_flipped_bit_breaks_it(message: bytes, bit: int) -> None:
    signature = sign(SIGNING, message, Label.RELEASE)

    verify(SIGNING.public, message, signature, Label.RELEASE)
    with pytest.raises(CryptoError):
        verify(SIGNING.public, message, flip(signature, bit), Label.RELEASE)


@given(SIZES)
@example(0)
def test_an_attachment_opens_to_the_same_bytes(size: int) -> None:
    sealed = sealed_frames(size)

    assert b"".join(open_frames(SECRET, io.BytesIO(sealed), b"object")) == plaintext(size)
    assert (len(sealed), plain_size(len(sealed))) == (sealed_size(size), size)


@given(SIZES, st.integers(0, 3 * FRAME_BYTES), st.integers(0, 3 * FRAME_BYTES))
def test_a_range_of_an_attachment_is_that_part_of_it(size: int, one: int, other: int) -> None:
    start, end = sorted((one, other))

    opened = b"".join(open_range(SECRET, io.BytesIO(sealed_frames(size)), b"object", start, end))

    assert opened == plaintext(size)[start:end]


@given(SIZES, st.integers(0))
def test_a_flipped_bit_of_an_attachment_is_found(size: int, bit: int) -> None:
    changed = io.BytesIO(flip(sealed_frames(size), bit))

    with pytest.raises(Tampered):
        b"".join(open_frames(SECRET, changed, b"object"))


@given(SIZES, st.data())
def test_an_attachment_cut_anywhere_is_found(size: int, data: st.DataObject) -> None:
    sealed = sealed_frames(size)
    cut = data.draw(st.integers(0, len(sealed) - 1))

    with pytest.raises(Tampered):
        b"".join(open_frames(SECRET, io.BytesIO(sealed[:cut]), b"object"))
    with pytest.raises(Tampered):
        b"".join(open_range(SECRET, io.BytesIO(sealed[:cut]), b"object", 0, size))


@given(st.lists(st.sampled_from(range(4)), max_size=6).filter(lambda order: order != [0, 1, 2, 3]))
def test_frames_in_any_other_order_are_found(order: list[int]) -> None:
    sealed = sealed_frames(3 * FRAME_BYTES + 5)
    edges = [HEADER_BYTES + SEALED_FRAME_BYTES * number for number in range(4)] + [len(sealed)]
    frames = [sealed[start:end] for start, end in pairwise(edges)]
    changed = sealed[:HEADER_BYTES] + b"".join(frames[number] for number in order)

    with pytest.raises(Tampered):
        b"".join(open_frames(SECRET, io.BytesIO(changed), b"object"))


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=70), st.data())
def test_the_log_agrees_with_another_implementation(entries: list[bytes], data: st.DataObject) -> None:
    theirs = InmemoryTree(algorithm="sha256")
    frontier = Frontier()
    nodes: dict[tuple[int, int], bytes] = {}
    for entry in entries:
        theirs.append_entry(entry)
        nodes |= {(node.level, node.index): node.hash for node in frontier.append(leaf_hash(entry))}
    size = data.draw(st.integers(1, len(entries)))
    index = data.draw(st.integers(0, size - 1))

    proof = inclusion_proof(index, size, lambda level, index: nodes[level, index])

    assert frontier.root() == theirs.get_root()
    verify_inclusion(leaf_hash(entries[index]), index, size, proof, theirs.get_root(size))
    steps = consistency_proof(size, len(entries), lambda level, index: nodes[level, index])
    verify_consistency(size, theirs.get_root(size), len(entries), theirs.get_root(), steps)
    kept = [nodes[place] for place in complete_subtrees(size)]
    assert Frontier.from_nodes(size, kept).root() == theirs.get_root(size)


@given(st.integers(1, 40), st.data())
def test_a_changed_proof_does_not_hold(size: int, data: st.DataObject) -> None:
    frontier, roots = Frontier(), [EMPTY_ROOT]
    nodes: dict[tuple[int, int], bytes] = {}
    for number in range(size):
        made = frontier.append(leaf_hash(b"%d" % number))
        nodes |= {(node.level, node.index): node.hash for node in made}
        roots.append(frontier.root())
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, lambda level, index: nodes[level, index])
    wrong = data.draw(st.sampled_from([proof[:-1], (*proof, bytes(32)), proof[::-1], (*proof, b"short")]))

    for candidate in {wrong} - {proof}:
        with pytest.raises(BadProof):
            verify_inclusion(leaf_hash(b"%d" % index), index, size, candidate, roots[size])
    with pytest.raises(BadProof):
        verify_inclusion(leaf_hash(b"another"), index, size, proof, roots[size])
    if index > 0:
        steps = consistency_proof(index, size, lambda level, index: nodes[level, index])
        with pytest.raises(BadProof):
            verify_consistency(index, bytes(32), size, roots[size], steps)
        with pytest.raises(BadProof):
            verify_consistency(index, roots[index], size, roots[size], (*steps, bytes(32)))


@given(st.integers(2, 5), st.data())
def test_any_threshold_of_shares_gives_back_the_secret_and_fewer_do_not(
    threshold: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(threshold, 6))
    shares = split(SECRET, threshold, count)
    order = data.draw(st.permutations(shares))

    assert combine(order[:threshold]) == SECRET
    assert combine(order) == SECRET
    with pytest.raises(CryptoError):
        combine(order[: threshold - 1])


@given(st.data())
def test_a_one_time_code_is_understood_however_it_is_typed(data: st.DataObject) -> None:
    code = OneTimeCode("0F1VX-FNHP1-05QW8-5VNBJ")
    misread = {"0": "0Oo", "1": "1IlL"}
    typed = "".join(
        data.draw(st.sampled_from(misread.get(letter, letter + letter.lower()))) for letter in code
    )
    spaced = typed.replace("-", data.draw(st.sampled_from(["", " ", " - ", "\u2011", "\n"])))

    assert normalise_code(spaced) == code
    assert code_secret(normalise_code(spaced), b"account") == code_secret(code, b"account")


PARSERS: list[Callable[[bytes], object]] = [
    Secret,
    SealingPublicKey,
    VerifyingKey,
    lambda raw: open_sealed(SEALING, raw, Label.DRAFT),
    lambda raw: open_sealed(SEALING, b"\x01" + raw, Label.DRAFT),
    lambda raw: unlock(SECRET, raw, Label.DRAFT),
    lambda raw: verify(SIGNING.public, b"", raw, Label.GRANT),
    lambda raw: b"".join(open_frames(SECRET, io.BytesIO(raw), b"")),
    lambda raw: b"".join(open_frames(SECRET, io.BytesIO(b"TSTF\x01" + raw), b"")),
    lambda raw: b"".join(open_range(SECRET, io.BytesIO(b"TSTF\x01" + raw), b"", 0, 10)),
    lambda raw: verify_inclusion(raw, 0, 1, (raw,), raw),
    lambda raw: verify_consistency(1, raw, 2, raw, (raw,)),
    lambda raw: Frontier.from_nodes(1, [raw]),
    lambda raw: Frontier().append(raw),
]
LENGTHS = st.sampled_from([0, 1, 29, 31, 33, 1154, 1216, 1984, 3373])


@given(st.sampled_from(PARSERS), st.one_of(st.binary(max_size=200), LENGTHS.map(plaintext)))
def test_random_bytes_are_refused_by_every_reader(parse: Callable[[bytes], object], raw: bytes) -> None:
    try:
        parse(raw)
    except CryptoError:
        return
    # Only 32 bytes are a secret or a hash, and only 1216 or 1984 may be a key.
    assert len(raw) in {32, 1216, 1984}


TEXT_PARSERS: list[Callable[[str], object]] = [
    lambda text: open_note(text, "archive.example", SIGNING.public),
    lambda text: open_note(f"{text}\n\n— archive.example {text}\n", "archive.example", SIGNING.public),
    lambda text: open_note_of_others(text, text),
    lambda text: open_note_of_others(text, f"name+{text}+{text}"),
    Checkpoint.from_text,
    lambda text: Checkpoint.from_text(f"origin\n{text}\n{text}\n"),
    lambda text: sign_checkpoint(Checkpoint(text, 1, b""), SIGNING),
    lambda text: combine([text, text + " a"]),
    normalise_code,
]
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@given(st.sampled_from(TEXT_PARSERS), ANY_TEXT)
@example(TEXT_PARSERS[5], "٣")
def test_random_text_is_refused_by_every_reader(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(CryptoError):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("version", "memory_kib", "iterations", "lanes", "salt", "nonce", "ciphertext")


@given(st.one_of(JSON, st.fixed_dictionaries(dict.fromkeys(FIELDS, JSON))))
def test_random_json_is_no_account_bundle(value: object) -> None:
    with pytest.raises(CryptoError):
        LockedBundle.from_dict(value)

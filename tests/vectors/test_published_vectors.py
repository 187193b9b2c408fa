"""What others published holds here too."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shamir_mnemonic import combine_mnemonics

from crypto.errors import BadCode, BadShares, BadSignature
from crypto.keys import Secret
from crypto.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from crypto.notes import Checkpoint, open_note_of_others
from crypto.sealing import SealingKey
from crypto.shares import combine
from crypto.totp import NEVER_USED, verify_totp

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
MERKLE = PUBLISHED["merkle"]
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in MERKLE["leaves"]]
ROOTS = [EMPTY_ROOT, *(bytes.fromhex(root) for root in MERKLE["roots"])]


def stored_nodes() -> dict[tuple[int, int], bytes]:
    frontier = Frontier()
    return {(node.level, node.index): node.hash for leaf in LEAVES for node in frontier.append(leaf)}


def test_a_sealing_key_is_the_x_wing_key_of_its_seed() -> None:
    seed = Secret(bytes.fromhex(PUBLISHED["x_wing"]["seed"]))

    assert SealingKey(seed).public.raw.hex().startswith(PUBLISHED["x_wing"]["public_begins"])


def test_the_log_has_the_roots_of_certificate_transparency() -> None:
    nodes = stored_nodes()

    roots = [tree_root(size, lambda level, index: nodes[level, index]) for size in range(9)]

    assert roots == ROOTS


@pytest.mark.parametrize("case", MERKLE["inclusion"])
def test_the_log_makes_and_accepts_the_published_inclusion_proofs(case: dict[str, Any]) -> None:
    nodes, index, size = stored_nodes(), case["index"], case["size"]

    proof = inclusion_proof(index, size, lambda level, index: nodes[level, index])

    assert [step.hex() for step in proof] == case["proof"]
    verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize("case", MERKLE["consistency"])
def test_the_log_makes_and_accepts_the_published_consistency_proofs(case: dict[str, Any]) -> None:
    nodes, old, new = stored_nodes(), case["old"], case["new"]

    proof = consistency_proof(old, new, lambda level, index: nodes[level, index])

    assert [step.hex() for step in proof] == case["proof"]
    verify_consistency(old, ROOTS[old], new, ROOTS[new], proof)


def test_the_published_signed_note_verifies() -> None:
    case = PUBLISHED["signed_note"]

    assert open_note_of_others(f"{case['text']}\n{case['signature']}", case["verifier"]) == case["text"]


def test_the_published_signature_does_not_hold_for_another_text() -> None:
    case = PUBLISHED["signed_note"]

    with pytest.raises(BadSignature):
        open_note_of_others(f"{case['text'].lower()}\n{case['signature']}", case["verifier"])


def test_the_published_checkpoint_is_read_and_written_alike() -> None:
    text = PUBLISHED["checkpoint"]["text"]

    checkpoint = Checkpoint.from_text(text)

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == text


@pytest.mark.parametrize(("seconds", "code"), PUBLISHED["totp"]["codes"])
def test_the_published_one_time_codes_are_accepted_once(seconds: int, code: str) -> None:
    secret, at = bytes.fromhex(PUBLISHED["totp"]["secret"]), datetime.fromtimestamp(seconds, UTC)

    step = verify_totp(secret, code, at, NEVER_USED)

    assert step == seconds // 30
    with pytest.raises(BadCode):
        verify_totp(secret, code, at, step)


@pytest.mark.parametrize("case", PUBLISHED["slip39"]["good"])
def test_the_published_shares_combine(case: dict[str, Any]) -> None:
    # The published sets have a passphrase; this archive's have none, so the library bridges the two.
    assert combine_mnemonics(case["shares"], case["passphrase"].encode()).hex() == case["secret"]
    assert combine(case["shares"]) == Secret(combine_mnemonics(case["shares"], b""))


@pytest.mark.parametrize("shares", PUBLISHED["slip39"]["bad"])
def test_the_published_bad_shares_are_refused(shares: list[str]) -> None:
    with pytest.raises(BadShares):
        combine(shares)

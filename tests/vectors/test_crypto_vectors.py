"""Every own format opens its kept vector, and every bad vector fails with the error that it names."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from crypto import errors
from crypto.frames import open_frames, open_range
from crypto.keys import Secret
from crypto.labels import Label
from crypto.locking import unlock
from crypto.merkle import Frontier, leaf_hash, verify_consistency, verify_inclusion
from crypto.notes import open_checkpoint
from crypto.passwords import LockedBundle, unlock_any, unlock_bundle
from crypto.sealing import SealingKey, open_sealed
from crypto.shares import combine
from crypto.signing import SigningKey, VerifyingKey, verify

HERE = Path(__file__).parent


def vector(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return value


def bad(name: str) -> list[Any]:
    return [pytest.param(case, id=case["why"]) for case in vector(name)["bad"]]


def error(case: dict[str, Any]) -> type[Exception]:
    kind: type[Exception] = getattr(errors, case["error"])
    return kind


def secret(text: str) -> Secret:
    return Secret(bytes.fromhex(text))


def open_seal(value: dict[str, Any], sealed: str) -> bytes:
    key, context = SealingKey(secret(value["seed"])), bytes.fromhex(value["context"])
    return open_sealed(key, bytes.fromhex(sealed), Label(value["label"]), context)


def test_the_kept_sealed_value_still_opens() -> None:
    value = vector("sealed-value")

    assert SealingKey(secret(value["seed"])).public.raw.hex() == value["public"]
    assert open_seal(value, value["sealed"]).hex() == value["plaintext"]


@pytest.mark.parametrize("case", bad("sealed-value"))
def test_a_bad_sealed_value_does_not_open(case: dict[str, Any]) -> None:
    with pytest.raises(error(case)):
        open_seal(vector("sealed-value"), case["sealed"])


def open_lock(value: dict[str, Any], locked: str) -> bytes:
    context = bytes.fromhex(value["context"])
    return unlock(secret(value["key"]), bytes.fromhex(locked), Label(value["label"]), context)


def test_the_kept_locked_value_still_opens() -> None:
    value = vector("locked-value")

    assert open_lock(value, value["locked"]).hex() == value["plaintext"]


@pytest.mark.parametrize("case", bad("locked-value"))
def test_a_bad_locked_value_does_not_open(case: dict[str, Any]) -> None:
    with pytest.raises(error(case)):
        open_lock(vector("locked-value"), case["locked"])


def test_the_kept_account_bundle_still_opens() -> None:
    value = vector("account-bundle")
    bundle = LockedBundle.from_dict(value["bundle"])

    assert unlock_bundle(value["password"], bundle, value["account_id"]).hex() == value["payload"]
    assert bundle.to_dict() == value["bundle"]


def test_each_password_opens_its_half_of_the_kept_bundle_of_version_2() -> None:
    value = vector("account-bundle-2")
    bundle, alone = LockedBundle.from_dict(value["bundle"]), LockedBundle.from_dict(value["alone"])
    account = value["account_id"]

    own = unlock_any(value["password"], bundle, account)
    other = unlock_any(value["other_password"], bundle, account)

    assert (own.payload.hex(), own.other) == (value["payload"], False)
    assert (other.payload.hex(), other.other) == (value["other_payload"], True)
    assert unlock_bundle(value["password"], alone, account).hex() == value["payload"]
    assert bundle.to_dict() == value["bundle"]
    assert not LockedBundle.from_dict(vector("account-bundle")["bundle"]).is_current


@pytest.mark.parametrize("case", bad("account-bundle-2"))
def test_a_bad_account_bundle_of_version_2_does_not_open(case: dict[str, Any]) -> None:
    value = vector("account-bundle-2") | case

    with pytest.raises(error(case)):
        unlock_any(value["password"], LockedBundle.from_dict(value["bundle"]), value["account_id"])


@pytest.mark.parametrize("case", bad("account-bundle"))
def test_a_bad_account_bundle_does_not_open(case: dict[str, Any]) -> None:
    value = vector("account-bundle") | case

    with pytest.raises(error(case)):
        unlock_bundle(value["password"], LockedBundle.from_dict(value["bundle"]), value["account_id"])


def check_signature(value: dict[str, Any], signature: str) -> None:
    key, message = VerifyingKey(bytes.fromhex(value["public"])), bytes.fromhex(value["message"])
    verify(key, message, bytes.fromhex(signature), Label(value["label"]))


def test_the_kept_signature_still_holds() -> None:
    value = vector("signature")

    check_signature(value, value["signature"])
    public = SigningKey(secret(value["seed"])).public
    assert (public.raw.hex(), public.fingerprint) == (value["public"], value["fingerprint"])


@pytest.mark.parametrize("case", bad("signature"))
def test_a_bad_signature_does_not_hold(case: dict[str, Any]) -> None:
    with pytest.raises(error(case)):
        check_signature(vector("signature"), case["signature"])


def attachment(value: dict[str, Any]) -> tuple[Secret, bytes, bytes, bytes]:
    repeated = bytes.fromhex(value["repeated"])
    plain = (repeated * (value["plain_size"] // len(repeated) + 1))[: value["plain_size"]]
    sealed = (HERE / value["sealed_file"]).read_bytes()
    return secret(value["secret"]), bytes.fromhex(value["context"]), sealed, plain


def test_the_kept_sealed_attachment_still_opens() -> None:
    value = vector("sealed-attachment")
    key, context, sealed, plain = attachment(value)

    assert b"".join(open_frames(key, io.BytesIO(sealed), context)) == plain
    assert b"".join(open_range(key, io.BytesIO(sealed), context, 65_000, 70_000)) == plain[65_000:70_000]
    assert b"".join(open_frames(key, io.BytesIO(bytes.fromhex(value["empty"])), context)) == b""


@pytest.mark.parametrize("case", bad("sealed-attachment"))
def test_a_bad_sealed_attachment_does_not_open(case: dict[str, Any]) -> None:
    key, context, sealed, _ = attachment(vector("sealed-attachment"))
    # A piece is a slice of the kept file, or bytes of its own.
    pieces = (sealed[start:end] if own is None else bytes.fromhex(own) for own, start, end in case["pieces"])
    changed = io.BytesIO(b"".join(pieces))

    with pytest.raises(error(case)):
        b"".join(open_frames(key, changed, context))


def test_the_kept_log_still_has_its_roots_and_proofs() -> None:
    value = vector("merkle-log")
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in value["entries"]]
    roots = [bytes.fromhex(root) for root in value["roots_by_size"]]
    frontier = Frontier()

    for leaf, root in zip(leaves, roots[1:], strict=True):
        frontier.append(leaf)
        assert frontier.root() == root
    for case in value["inclusion"]:
        proof = [bytes.fromhex(step) for step in case["proof"]]
        verify_inclusion(leaves[case["index"]], case["index"], case["size"], proof, roots[case["size"]])
    for case in value["consistency"]:
        proof = [bytes.fromhex(step) for step in case["proof"]]
        verify_consistency(case["old"], roots[case["old"]], case["new"], roots[case["new"]], proof)


def test_the_kept_checkpoint_still_opens() -> None:
    value = vector("checkpoint")

    opened = open_checkpoint(value["note"], value["origin"], VerifyingKey(bytes.fromhex(value["public"])))

    assert (opened.origin, opened.size, opened.root.hex()) == (value["origin"], value["size"], value["root"])


@pytest.mark.parametrize("case", bad("checkpoint"))
def test_a_bad_checkpoint_does_not_open(case: dict[str, Any]) -> None:
    value = vector("checkpoint")

    with pytest.raises(error(case)):
        open_checkpoint(case["note"], value["origin"], VerifyingKey(bytes.fromhex(value["public"])))


def test_any_two_of_the_kept_shares_give_back_the_secret() -> None:
    value = vector("identity-share")
    one, two, three = value["shares"]

    for shares in ([one, two], [three, one], [two, three], [one, two, three]):
        assert combine(shares) == secret(value["secret"])


@pytest.mark.parametrize("case", bad("identity-share"))
def test_bad_shares_give_back_nothing(case: dict[str, Any]) -> None:
    with pytest.raises(error(case)):
        combine(case["shares"])

"""Make the project's own vectors of crypto/: `python -m tests.vectors.make_crypto_vectors`.

Sealing, locking and signing are randomised: a new run gives other bytes, and the kept files stay valid.
Make them anew only when a format gets a new version. Published vectors and their sources: `published.json`.
"""

import io
import json
from pathlib import Path

from crypto.frames import FRAME_BYTES, HEADER_BYTES, SEALED_FRAME_BYTES, seal_frames
from crypto.keys import Secret
from crypto.labels import Label
from crypto.locking import lock
from crypto.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash
from crypto.notes import Checkpoint, sign_checkpoint
from crypto.passwords import Argon2Cost, lock_bundle
from crypto.sealing import SealingKey, seal
from crypto.shares import split
from crypto.signing import SigningKey, sign

HERE = Path(__file__).parent
SEED = Secret(bytes(range(32)))
OTHER_SEED = Secret(bytes(range(32, 64)))
CONTEXT = b"T-0000"
PLAINTEXT = "What a witness said. ما قاله شاهد.".encode()


def flip(value: bytes, index: int) -> bytes:
    changed = bytearray(value)
    changed[index] ^= 1
    return bytes(changed)


def bad(why: str, error: str, **fields: object) -> dict[str, object]:
    return {"why": why, "error": error, **fields}


def sealed_value() -> dict[str, object]:
    key = SealingKey(SEED)
    sealed = seal(key.public, PLAINTEXT, Label.DRAFT, CONTEXT)
    return {
        "seed": SEED.raw.hex(),
        "public": key.public.raw.hex(),
        "label": Label.DRAFT,
        "context": CONTEXT.hex(),
        "sealed": sealed.hex(),
        "plaintext": PLAINTEXT.hex(),
        "bad": [
            bad("another version", "Tampered", sealed=(b"\x02" + sealed[1:]).hex()),
            bad("a byte of the ML-KEM ciphertext changed", "Tampered", sealed=flip(sealed, 1).hex()),
            bad("a byte of the X25519 share changed", "Tampered", sealed=flip(sealed, 1100).hex()),
            bad("a byte of the ciphertext changed", "Tampered", sealed=flip(sealed, 1130).hex()),
            bad("the last byte cut", "Tampered", sealed=sealed[:-1].hex()),
            bad("a byte appended", "Tampered", sealed=(sealed + b"\0").hex()),
            bad("empty", "Tampered", sealed=""),
            bad(
                "sealed under another label",
                "Tampered",
                sealed=seal(key.public, PLAINTEXT, Label.INTAKE, CONTEXT).hex(),
            ),
            bad(
                "sealed under another context",
                "Tampered",
                sealed=seal(key.public, PLAINTEXT, Label.DRAFT, b"T-0001").hex(),
            ),
            bad(
                "sealed to another key",
                "Tampered",
                sealed=seal(SealingKey(OTHER_SEED).public, PLAINTEXT, Label.DRAFT, CONTEXT).hex(),
            ),
        ],
    }


def locked_value() -> dict[str, object]:
    locked = lock(SEED, PLAINTEXT, Label.SESSION_KEYS, CONTEXT)
    return {
        "key": SEED.raw.hex(),
        "label": Label.SESSION_KEYS,
        "context": CONTEXT.hex(),
        "locked": locked.hex(),
        "plaintext": PLAINTEXT.hex(),
        "bad": [
            bad("another version", "Tampered", locked=(b"\x02" + locked[1:]).hex()),
            bad("the nonce changed", "Tampered", locked=flip(locked, 1).hex()),
            bad("the ciphertext changed", "Tampered", locked=flip(locked, 13).hex()),
            bad("the tag changed", "Tampered", locked=flip(locked, -1).hex()),
            bad("cut", "Tampered", locked=locked[:20].hex()),
            bad(
                "locked under another label",
                "Tampered",
                locked=lock(SEED, PLAINTEXT, Label.SAVED_SEARCH, CONTEXT).hex(),
            ),
        ],
    }


def account_bundle() -> dict[str, object]:
    """Version 2. `account-bundle.json` is of version 1: it is read, and nothing makes it any more."""
    password, account = "der Fluß im März, caf\u00e9", "acc-0001"
    other, beside = "merry otters juggle lemons", b"an empty profile"
    cost = Argon2Cost.TESTING_ONLY
    bundle = lock_bundle(password, PLAINTEXT, account, cost, (other, beside)).to_dict()
    alone = lock_bundle(password, PLAINTEXT, account, cost).to_dict()
    swapped = bundle | {
        "nonce": bundle["other_nonce"],
        "ciphertext": bundle["other_ciphertext"],
        "other_nonce": bundle["nonce"],
        "other_ciphertext": bundle["ciphertext"],
    }
    enormous, cheap = 1 << 30, 1024
    return {
        "password": password,
        "account_id": account,
        "bundle": bundle,
        "payload": PLAINTEXT.hex(),
        "other_password": other,
        "other_payload": beside.hex(),
        "alone": alone,
        "bad": [
            bad("the halves exchanged", "WrongPassword", bundle=swapped),
            bad("the other password, of a bundle without one", "WrongPassword", password=other, bundle=alone),
            bad("one half of another size", "Malformed", bundle=bundle | {"other_ciphertext": "A" * 64}),
            bad("as version 1", "Malformed", bundle=bundle | {"version": 1}),
            bad("another password", "WrongPassword", password="der Fluss im März, café", bundle=bundle),
            bad("another account", "WrongPassword", account_id="acc-0002", bundle=bundle),
            bad("a changed cost", "WrongPassword", bundle=bundle | {"memory_kib": 8192}),
            bad("a changed salt", "WrongPassword", bundle=bundle | {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="}),
            bad("a terabyte of memory asked", "Malformed", bundle=bundle | {"memory_kib": enormous}),
            bad("too cheap to guess", "Malformed", bundle=bundle | {"memory_kib": cheap}),
            bad("endless iterations", "Malformed", bundle=bundle | {"iterations": 1_000_000}),
            bad("another version", "Malformed", bundle=bundle | {"version": 3}),
            bad("a field too many", "Malformed", bundle=bundle | {"hint": "river"}),
            bad("a number as text", "Malformed", bundle=bundle | {"memory_kib": "64"}),
            bad("a truth value as number", "Malformed", bundle=bundle | {"iterations": True}),
            bad("a salt that is not base64", "Malformed", bundle=bundle | {"salt": "***"}),
            bad("a short nonce", "Malformed", bundle=bundle | {"nonce": "AAAA"}),
            bad("not an object", "Malformed", bundle=[1, 2]),
        ],
    }


def signature() -> dict[str, object]:
    key, other = SigningKey(SEED), SigningKey(OTHER_SEED)
    good, wrong = sign(key, PLAINTEXT, Label.GRANT), sign(other, PLAINTEXT, Label.GRANT)
    return {
        "seed": SEED.raw.hex(),
        "public": key.public.raw.hex(),
        "fingerprint": key.public.fingerprint,
        "label": Label.GRANT,
        "message": PLAINTEXT.hex(),
        "signature": good.hex(),
        "bad": [
            bad("the Ed25519 half by another key", "BadSignature", signature=(wrong[:64] + good[64:]).hex()),
            bad(
                "the ML-DSA-65 half by another key", "BadSignature", signature=(good[:64] + wrong[64:]).hex()
            ),
            bad("the Ed25519 half changed", "BadSignature", signature=flip(good, 0).hex()),
            bad("the ML-DSA-65 half changed", "BadSignature", signature=flip(good, -1).hex()),
            bad("Ed25519 alone", "BadSignature", signature=good[:64].hex()),
            bad("empty", "BadSignature", signature=""),
            bad(
                "signed for another use",
                "BadSignature",
                signature=sign(key, PLAINTEXT, Label.RELEASE).hex(),
            ),
        ],
    }


def sealed_attachment() -> dict[str, object]:
    plain = (PLAINTEXT * (2 * FRAME_BYTES // len(PLAINTEXT) + 1))[: 2 * FRAME_BYTES + 100]
    sealed = b"".join(seal_frames(SEED, io.BytesIO(plain), CONTEXT))
    empty = b"".join(seal_frames(SEED, io.BytesIO(b""), CONTEXT))
    (HERE / "sealed-attachment.bin").write_bytes(sealed)
    first, second = HEADER_BYTES, HEADER_BYTES + SEALED_FRAME_BYTES
    third = second + SEALED_FRAME_BYTES
    return {
        "secret": SEED.raw.hex(),
        "context": CONTEXT.hex(),
        "sealed_file": "sealed-attachment.bin",
        "repeated": PLAINTEXT.hex(),
        "plain_size": len(plain),
        "empty": empty.hex(),
        "bad": [
            bad("another magic", "Tampered", pieces=[["58535446", 0, 0], [None, 4, None]]),
            bad(
                "a byte of the prefix changed",
                "Tampered",
                pieces=[[None, 0, 5], [flip(sealed, 5)[5:6].hex(), 0, 0], [None, 6, None]],
            ),
            bad(
                "first two frames swapped",
                "Tampered",
                pieces=[[None, 0, first], [None, second, third], [None, first, second], [None, third, None]],
            ),
            bad("a frame repeated", "Tampered", pieces=[[None, 0, second], [None, first, None]]),
            bad("a frame left out", "Tampered", pieces=[[None, 0, first], [None, second, None]]),
            bad("the last frame cut off", "Tampered", pieces=[[None, 0, third]]),
            bad("cut inside a frame", "Tampered", pieces=[[None, 0, second + 100]]),
            bad("a byte appended", "Tampered", pieces=[[None, 0, None], ["00", 0, 0]]),
            bad("the header alone", "Tampered", pieces=[[None, 0, first]]),
            bad("nothing", "Tampered", pieces=[]),
        ],
    }


def merkle_log() -> dict[str, object]:
    entries = [f"entry {number}".encode() for number in range(11)]
    frontier, nodes = Frontier(), {}
    roots = [frontier.root().hex()]
    for entry in entries:
        for node in frontier.append(leaf_hash(entry)):
            nodes[node.level, node.index] = node.hash
        roots.append(frontier.root().hex())

    def read(level: int, index: int) -> bytes:
        return nodes[level, index]

    return {
        "entries": [entry.hex() for entry in entries],
        "roots_by_size": roots,
        "inclusion": [
            {"index": index, "size": 11, "proof": [step.hex() for step in inclusion_proof(index, 11, read)]}
            for index in (0, 6, 10)
        ],
        "consistency": [
            {"old": old, "new": 11, "proof": [step.hex() for step in consistency_proof(old, 11, read)]}
            for old in (1, 4, 6, 7, 10)
        ],
    }


def checkpoint() -> dict[str, object]:
    key, other = SigningKey(SEED), SigningKey(OTHER_SEED)
    origin = "archive.example/log"
    value = Checkpoint(origin, 11, bytes.fromhex(merkle_log()["roots_by_size"][11]))  # type: ignore[index]
    note, foreign = sign_checkpoint(value, key), sign_checkpoint(value, other)
    text, _, lines = note.partition("\n\n")
    ed25519, ml_dsa = lines.splitlines(keepends=True)
    return {
        "seed": SEED.raw.hex(),
        "public": key.public.raw.hex(),
        "origin": origin,
        "size": value.size,
        "root": value.root.hex(),
        "note": note,
        "bad": [
            bad("signed by another key", "BadSignature", note=foreign),
            bad("the size changed", "BadSignature", note=note.replace("\n11\n", "\n10\n")),
            bad("without its Ed25519 line", "BadSignature", note=f"{text}\n\n{ml_dsa}"),
            bad("without its ML-DSA-65 line", "BadSignature", note=f"{text}\n\n{ed25519}"),
            bad("without its last newline", "Malformed", note=note[:-1]),
            bad("without signatures", "Malformed", note=f"{text}\n"),
            bad("a carriage return", "Malformed", note=note.replace("\n11\n", "\r\n11\n")),
            bad("a signature that is not base64", "Malformed", note=f"{text}\n\n— {origin} !!!\n"),
        ],
    }


def identity_share() -> dict[str, object]:
    one, two, three = split(SEED, 2, 3)
    stranger = split(OTHER_SEED, 2, 3)[1]
    word = one.split()[5]
    return {
        "secret": SEED.raw.hex(),
        "threshold": 2,
        "shares": [one, two, three],
        "bad": [
            bad("one alone", "BadShares", shares=[one]),
            bad("the same twice", "BadShares", shares=[one, one]),
            bad("one of another split", "BadShares", shares=[one, stranger]),
            bad("a word mistyped", "BadShares", shares=[one.replace(word, word[::-1]), two]),
            bad("none", "BadShares", shares=[]),
        ],
    }


def main() -> None:
    formats = {
        "sealed-value": sealed_value,
        "locked-value": locked_value,
        "account-bundle-2": account_bundle,
        "signature": signature,
        "sealed-attachment": sealed_attachment,
        "merkle-log": merkle_log,
        "checkpoint": checkpoint,
        "identity-share": identity_share,
    }
    for name, make in formats.items():
        text = json.dumps(make(), ensure_ascii=False, indent=1)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

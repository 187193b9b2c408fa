"""The log, its cosignatures and its proofs as others make and read them: pymerkle, C2SP's own example, Ed25519."""

import base64
import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree

from crypto.cosignatures import cosign, cosigned_message, open_cosignature
from crypto.errors import BadSignature, CryptoError
from crypto.keys import Secret
from crypto.merkle import consistency_proof, inclusion_proof, verify_consistency
from crypto.notes import Checkpoint, open_checkpoint, parse_line, sign_checkpoint
from crypto.signing import SigningKey
from testimony.services.sessions import Session
from testimony.storage import log
from tests.attacks.test_log_tampering import show
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

# c2sp.org/tlog-cosignature, its worked example. Its key is not published: message and layout are what can be checked.
EXAMPLE_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
EXAMPLE_LINE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
    "qhf5nNo0xUe+mbIUBkBIfZ+qnA=="
)
NAME, SECONDS = "witness.example.com/w1", 1679315147
KEY = SigningKey(Secret(bytes(range(32))))


def entries_of(session: Session) -> list[bytes]:
    with session.reading() as connection:
        return [entry.leaf for entry in log.entries_from(connection, 0, log.size(connection))]


@pytest.mark.parametrize("number", [0, 5, 18])
def test_pymerkle_makes_the_same_roots_and_proofs_of_the_same_entries(
    people: People, clock: Clock, number: int
) -> None:
    show(people["reviewer"], number, clock)
    auditor = people["auditor"]
    entries = entries_of(auditor)
    other = InmemoryTree(algorithm="sha256")
    for entry in entries:
        other.append_entry(entry)
    size = len(entries)

    with auditor.reading() as connection:

        def node(level: int, index: int) -> bytes:
            return log.node(connection, level, index)

        for _, _, note in log.checkpoints(connection):
            covered, root = note.split("\n")[1:3]
            assert other.get_root(int(covered)) == base64.b64decode(root)
        for index in range(0, size, 3):
            ours = inclusion_proof(index, size, node)
            theirs = other.prove_inclusion(index + 1, size).serialize()["path"][1:]
            assert sorted(step.hex() for step in ours) == sorted(theirs)
        for old in range(1, size, 5):
            # It writes its own consistency proofs otherwise; the roots that ours join are the same.
            ours = consistency_proof(old, size, node)
            verify_consistency(old, other.get_root(old), size, other.get_root(size), ours)


def test_a_cosignature_is_laid_out_as_in_the_published_example() -> None:
    line = parse_line(EXAMPLE_LINE)

    assert (line.name, line.key_id.hex(), len(line.signature)) == (NAME, "8d66cf3f", 8 + 64)
    assert struct.unpack(">Q", line.signature[:8]) == (SECONDS,)
    assert cosigned_message(EXAMPLE_TEXT, SECONDS) == (
        b"cosignature/v1\ntime 1679315147\n" + EXAMPLE_TEXT.encode()
    )
    ours = parse_line(cosign(EXAMPLE_TEXT, NAME, KEY, SECONDS).splitlines()[0])
    assert (len(ours.signature), ours.signature[:8]) == (72, line.signature[:8])


def test_the_first_line_is_verified_by_plain_ed25519_and_the_key_id_of_the_specification() -> None:
    public = KEY.public.ed25519_raw
    line = parse_line(cosign(EXAMPLE_TEXT, NAME, KEY, SECONDS).splitlines()[0])

    assert line.key_id == hashlib.sha256(NAME.encode() + b"\n\x04" + public).digest()[:4]
    message = f"cosignature/v1\ntime {SECONDS}\n{EXAMPLE_TEXT}".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(line.signature[8:], message)


def test_both_lines_are_asked_for_and_bound_to_time_text_name_and_key() -> None:
    lines = cosign(EXAMPLE_TEXT, NAME, KEY, SECONDS)
    first, second = lines.splitlines(keepends=True)
    later = cosign(EXAMPLE_TEXT, NAME, KEY, SECONDS + 1).splitlines(keepends=True)

    assert open_cosignature(lines, EXAMPLE_TEXT, NAME, KEY.public) == SECONDS
    for wrong in (
        first,
        second,
        first + later[1],
        first + first + second,
        lines.replace("w1", "w2"),
        "",
        "x",
    ):
        with pytest.raises(CryptoError):
            open_cosignature(wrong, EXAMPLE_TEXT, NAME, KEY.public)
    with pytest.raises(BadSignature):
        open_cosignature(lines, EXAMPLE_TEXT.replace("3\n", "4\n"), NAME, KEY.public)
    with pytest.raises(BadSignature):
        open_cosignature(lines, EXAMPLE_TEXT, NAME, SigningKey(Secret(bytes(32))).public)


def test_a_cosigned_note_still_opens_as_the_archives_own() -> None:
    log_key = SigningKey(Secret(bytes(32)))
    checkpoint = Checkpoint("example.com/log", 5, bytes(32))
    note = sign_checkpoint(checkpoint, log_key) + cosign(checkpoint.text, NAME, KEY, SECONDS)

    assert open_checkpoint(note, "example.com/log", log_key.public) == checkpoint

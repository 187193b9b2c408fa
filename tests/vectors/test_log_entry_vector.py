"""docs/formats/log-entry.md by its published vector."""

import hashlib
import json
from pathlib import Path

from crypto.merkle import leaf_hash
from testimony.storage.log import Entry, commit_subject, make_leaf

VECTOR = json.loads(Path(__file__).with_name("log-entry.json").read_text(encoding="utf-8"))


def test_a_log_entry_is_the_same_bytes_for_ever() -> None:
    entry = Entry(
        at="2026-03-02T09:00:00.000+00:00",
        actor="07c64e4dd46bfa13",
        roles=("reviewer",),
        action="AA06",
        outcome="allowed",
        subject=(VECTOR["kind"], VECTOR["subject"]),
        case_id="CASE-1",
        purpose="CP07",
        fields=("text",),
        detail=bytes.fromhex(VECTOR["sealed"]),
    )

    commitment = commit_subject(VECTOR["kind"], VECTOR["subject"], bytes.fromhex(VECTOR["salt"]))
    leaf = make_leaf(VECTOR["seq"], entry, commitment)

    assert commitment == VECTOR["commitment"]
    assert leaf.decode() == VECTOR["leaf"]
    assert leaf_hash(leaf).hex() == VECTOR["leaf_hash"]


def test_the_hash_in_the_tree_is_sha_256_over_a_zero_byte_and_the_leaf() -> None:
    assert hashlib.sha256(b"\0" + VECTOR["leaf"].encode()).hexdigest() == VECTOR["leaf_hash"]

#!/usr/bin/env python3
"""Verify a log that left an archive, without the archive.

Needs Python 3.11 and the package `cryptography` (48 or newer):

    python verify_testimony_log.py log.jsonl [--checkpoint FILE] [--root FINGERPRINT] [--block-headers FILE]
    python verify_testimony_log.py log.jsonl --proof FILE.tlog-proof

Everything is recomputed from the entries: the tree (RFC 9162), each signed checkpoint (c2sp.org/tlog-checkpoint) with
both of its signatures, each auditor's co-signature (c2sp.org/tlog-cosignature) with the certificates that make its key
an auditor's, and what an entry is about where the file says it. RFC 3161 time-stamps are checked when the package
`rfc3161-client` is there. A proof of OpenTimestamps must be of this log; whether a block of Bitcoin holds it is checked
where the header of the block is handed in, 160 hexadecimal digits a line. Exit 0: sound. 1: broken, and where first.
2: the call is wrong.

The file cannot say whose archive it is: compare the fingerprint of the root with the one on your paper, or give it.
Whoever holds the archive's log key can sign another history; a checkpoint that you kept, or an auditor's co-signature
over the same entries, is what shows it.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from crypto.errors import Malformed
from crypto.ots_proofs import Header, read_headers
from testimony.exports.log_keys import WORDS, Broken, Keys
from testimony.exports.log_reading import Verdict, verify_lines, verify_proof


def sentences(verdict: Verdict) -> Iterator[str]:
    """The verdict in words, the first line first."""
    if verdict.fault is not None:
        yield f"BROKEN at entry {verdict.fault.seq}: {WORDS[verdict.fault.kind]}."
        return
    yield f"The log is whole: {verdict.size} entries, {verdict.checkpoints} signed checkpoints."
    yield f"Root of the tree: {base64.b64encode(verdict.root).decode()}"
    yield f"Fingerprint of the archive's root key: {verdict.archive_root}"
    for account, size in sorted(verdict.cosigners.items()):
        yield f"Auditor {account} verified and co-signed the first {size} entries."
    if verdict.strangers:
        yield f"Co-signatures by keys that this file does not prove: {verdict.strangers}, not checked."
    if verdict.kept is not None:
        yield f"It extends the checkpoint handed in, of {verdict.kept} entries."
    if verdict.timestamps or verdict.unchecked:
        yield f"Time-stamps: {verdict.timestamps} hold, {verdict.unchecked} not checked here."
    yield from sentences_of_blocks(verdict.promised, verdict.named, verdict.in_blocks)
    for seq, before, after in verdict.clock_steps:
        yield f"The clock went back at entry {seq}: {before} to {after}."


def sentences_of_blocks(promised: int, named: int, held: Iterable[tuple[int, Header]]) -> Iterator[str]:
    """What proofs of OpenTimestamps say, and how much of it was checked."""
    if promised or named:
        yield (
            f"OpenTimestamps: {promised} are promised by a calendar and name no block yet, "
            f"{named} name a block of Bitcoin that was not checked here."
        )
    for size, block in held:
        yield (
            f"The first {size} entries are older than a block of Bitcoin that says {block.at:%Y-%m-%d %H:%M} UTC. "
            f"Compare its number with one that you trust: {block.number}"
        )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify a log that left an archive.")
    parser.add_argument("log", type=Path, help="log.jsonl, or the folder that it lies in")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that was kept outside")
    parser.add_argument("--root", help="the fingerprint of the archive's root key, 64 digits")
    parser.add_argument("--proof", type=Path, help="a proof of one entry, against the keys in the log")
    parser.add_argument("--block-headers", type=Path, help="headers of blocks of Bitcoin, 160 digits a line")
    given = parser.parse_args(arguments)
    path = given.log / "log.jsonl" if given.log.is_dir() else given.log
    try:
        with path.open(encoding="utf-8") as lines:
            if given.proof is not None:
                try:
                    keys = Keys(json.loads(next(lines)))
                    place, leaf, size = verify_proof(given.proof.read_text(encoding="utf-8"), keys)
                except Broken as fault:
                    print(f"BROKEN: {WORDS[fault.kind]}.")
                    return 1
                print(f"Entry {place} is in the log of {size} entries:", leaf, sep="\n")
                print(f"Fingerprint of the archive's root key: {keys.fingerprint}")
                return 0
            kept = given.checkpoint and given.checkpoint.read_text(encoding="utf-8")
            blocks = given.block_headers.read_text(encoding="utf-8") if given.block_headers else ""
            verdict = verify_lines(lines, kept, given.root, read_headers(blocks))
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except Malformed:
        print(f"{given.block_headers}: not the headers of blocks", file=sys.stderr)
        return 2
    print(*sentences(verdict), sep="\n")
    return 1 if verdict.fault else 0


if __name__ == "__main__":
    sys.exit(main())

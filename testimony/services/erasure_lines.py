"""The lines of the erasure file as an erasure writes and finds its own. Knows no rule."""

import secrets
from collections.abc import Mapping
from hashlib import sha256

from testimony.domain.canonical import canonical_json
from testimony.services.erasure_statements import Burial, Decision, lock_line, open_line, sign_tombstone
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import erasures
from testimony.storage.chained_lines import START, Line, append_line, read_lines
from testimony.storage.connections import Connection
from testimony.storage.erasures import ErasureRow, erasure_key
from testimony.storage.errors import ArchiveDamaged


def find_line(session: Session, connection: Connection, decision: Decision) -> tuple[Burial, Line] | None:
    """The line that an earlier try, or the archive this one is a copy of, wrote for this erasure.

    Raises ArchiveDamaged when the file is not whole.
    """
    known = erasures.known_lines(connection)
    key, keyring = erasure_key(connection), session.archive.keyring()
    for line in read_lines(session.archive.directory.erasures):
        if known.get(line.number) != line.sha256:
            burial = open_line(keyring, connection, key, line)
            if burial.decision == decision:
                return burial, line
    return None


def write_line(
    session: Session, work: Work, row: ErasureRow, decision: Decision, record: Mapping[str, object]
) -> tuple[Burial, Line]:
    """Sign the tombstone and append the line, synced. record: what there was, of which only a salted hash is kept.

    Raises ArchiveDamaged when the file is older than the ledger, or another.
    """
    approval = row.approved
    if approval is None:
        raise ArchiveDamaged
    salt = secrets.token_bytes(16)
    content = sha256(salt + canonical_json(dict(record))).hexdigest()
    tombstone = sign_tombstone(session, decision, (salt.hex(), content), work.now)
    lines = read_lines(session.archive.directory.erasures)
    if len(lines) < erasures.last_line(work.connection)[0]:
        raise ArchiveDamaged
    previous = lines[-1].sha256 if lines else START
    locked = lock_line(erasure_key(work.connection), previous, (row.proposed, approval, tombstone))
    line = append_line(session.archive.directory.erasures, previous, locked)
    burial = Burial(decision, row.proposed, approval, tombstone, timestamp(work.now), session.account.id)
    return burial, line

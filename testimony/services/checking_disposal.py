"""Checking what was let go of and what is held: tombstones, the erasure file, holds, and rows of what is not there.

Yields (what, where): a stable word, and a file, a table, a code or an id; never content.
"""

from collections.abc import Iterator

from testimony.domain.audit import Action
from testimony.domain.disposal import ErasureState
from testimony.domain.testimony import State
from testimony.services.erasure_statements import digest_of, open_line, verify_decision, verify_tombstone
from testimony.services.holding import verified_hold
from testimony.services.sessions import Session
from testimony.storage import erasures, forgetting, holds, register
from testimony.storage.chained_lines import read_lines
from testimony.storage.compartments import FILES
from testimony.storage.connections import Connection
from testimony.storage.erasures import ErasureRow, erasure_key
from testimony.storage.errors import ArchiveDamaged

Found = tuple[str, str]


def disposal_findings(session: Session, connection: Connection) -> Iterator[Found]:
    """Everything that this account can find. Raises ArchiveDamaged when the erasure key is gone."""
    yield from _tombstones(session, connection)
    yield from _file(session, connection)
    yield from _holds(session, connection)
    yield from _rows(session, connection)


def _tombstones(session: Session, connection: Connection) -> Iterator[Found]:
    keyring, key = session.archive.keyring(), erasure_key(connection)
    for row in erasures.all_erasures(connection, ErasureState.APPROVED.value, ErasureState.CARRIED_OUT.value):
        try:
            decision = verify_decision(keyring, connection, key, row.proposed, row.approved)
            if row.buried is not None:
                verify_tombstone(keyring, decision, row.buried)
        except ArchiveDamaged:
            yield "tombstone_changed", row.erasure_id
            continue
        said = (decision.erasure_id, decision.digest, decision.case_id, decision.cause)
        if said != (row.erasure_id, row.digest, row.case_id, row.cause):
            yield "tombstone_changed", row.erasure_id
        there = None if row.code is None else register.find_row(connection, row.code)
        if there is not None and there.state != State.DISPOSED:
            yield "approved_but_open", there.code


def _file(session: Session, connection: Connection) -> Iterator[Found]:
    """The erasure file says what the tombstones say, and no more than what waits to be carried out."""
    keyring, key = session.archive.keyring(), erasure_key(connection)
    known = erasures.known_lines(connection)
    rows = {row.erasure_id: row for row in erasures.all_erasures(connection)}
    try:
        lines = read_lines(session.archive.directory.erasures)
        burials = [(line, open_line(keyring, connection, key, line)) for line in lines]
    except ArchiveDamaged:
        yield "erasure_file_differs", "erasures.jsonl"
        return
    there = {line.number: line.sha256 for line in lines}
    whole = all(there.get(number) == sha256 for number, sha256 in known.items())
    agree = all(_agrees(rows.get(burial.decision.erasure_id), line.number) for line, burial in burials)
    if not (whole and agree):
        yield "erasure_file_differs", "erasures.jsonl"


def _agrees(row: ErasureRow | None, number: int) -> bool:
    return row is not None and (row.line_no == number or row.state == ErasureState.APPROVED)


def _holds(session: Session, connection: Connection) -> Iterator[Found]:
    rows = holds.all_holds(connection)
    if holds.count_placed(connection, Action.WRITTEN.value) > len(rows):
        yield "hold_missing", "ledger.db"
    for row in rows:
        try:
            document = verified_hold(session.archive.keyring(), connection, row)
        except ArchiveDamaged:
            yield "hold_changed", row.hold_id
            continue
        key = erasure_key(connection)
        named = {digest_of(key, code) for code in holds.codes_of(connection, row.hold_id)}
        erased = erasures.erased_digests(connection)
        if named != set(document["testimonies"]) - erased:
            yield "hold_changed", row.hold_id


def _rows(session: Session, connection: Connection) -> Iterator[Found]:
    """Rows of an erased testimony anywhere, and rows of one that the register does not know."""
    schemas = frozenset(compartment.value for compartment in FILES if compartment in session.archive.secrets)
    strays = set(forgetting.strays(connection, schemas))
    yield from sorted({("rows_of_no_testimony", table) for table, _ in strays})
    erased = erasures.erased_digests(connection)
    if erased:
        key = erasure_key(connection)
        here = set(forgetting.all_codes(connection)) | {code for _, code in strays}
        yield from (("erased_but_there", code) for code in sorted(here) if digest_of(key, code) in erased)
        logged = forgetting.logged_codes(connection) - here
        yield from (("erased_but_logged", code) for code in sorted(logged) if digest_of(key, code) in erased)

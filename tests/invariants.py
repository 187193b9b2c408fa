"""What must be true of an archive at any moment (G1–G9), looked at from outside: the files, and each person's keys.

    check_archive(life)   after each step
    check_recovery(life)  at the end: the sheets

Nothing here asks the archive what ought to be; that is kept in `tests/months_of_life.World`.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.errors import BadShares, Tampered
from crypto.keys import Secret, database_key
from crypto.labels import Label
from crypto.merkle import consistency_proof, verify_consistency
from crypto.notes import Checkpoint, open_checkpoint
from crypto.sealing import SealingKey, open_sealed
from crypto.shares import combine
from testimony.domain.errors import NotFound, NotYet, Refused
from testimony.domain.purposes import Purpose, audience_of
from testimony.domain.roles import Role
from testimony.policy.facts import Asked
from testimony.policy.gate import permit
from testimony.services.certificates import log_key
from testimony.services.checking import check
from testimony.services.finding import search
from testimony.services.granting import use_in_force
from testimony.services.membership import share_context
from testimony.services.opening import keys_of, open_with_any, sealing_keys
from testimony.services.reading import read_release
from testimony.services.recovering import open_with_sheets
from testimony.services.rehearsing import read_sheet
from testimony.services.rekey_running import waiting_orders
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session, log_origin, sign_checkpoint
from testimony.services.verification import examine_log
from testimony.storage import forgetting, inbox, log, released, releases
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.identities import IDENTITIES
from testimony.storage.register import REGISTER
from testimony.storage.rekey import opens
from tests.decrypting import decrypted
from tests.identities import NAME
from tests.months_of_life import CANARY, HIDDEN, READ_FOR, Life
from tests.traces import of_words, traces

NEEDLES = of_words((CANARY, HIDDEN, NAME))


@dataclass
class Kept:
    """What somebody outside keeps from one check to the next: the newest checkpoint, as a signed note."""

    checkpoint: str | None = None


def check_archive(life: Life, kept: Kept, *, thorough: bool = False) -> None:
    """Everything below; nobody is signed in before and after. thorough: also what takes long."""
    nothing_is_open(life)
    if life.random.random() < 0.5:
        first_view(life)
    # Whoever carries out what waits comes first: new keys, erasures, withdrawals, keys handed on and taken back.
    custodians = ("custodian-1", "custodian-2", "custodian-3") if thorough else ("custodian-1",)
    for handle in (*custodians, "reviewer-1", "auditor-1"):
        life.enter(handle)
    life.world.fading.clear()
    keys_are_those_of_the_roles(life, thorough=thorough)
    nobody_alone_rebuilds_the_identity_key(life)
    intake_is_write_only(life)
    investigators_read_what_they_may(life, thorough=thorough)
    pages_hold_what_they_may(life)
    the_log_only_grew(life, kept, thorough=thorough)
    if thorough:
        for handle in ("reviewer-1", "auditor-1"):
            found = check(life.enter(handle), life.clock())
            assert found == (), found
    life.leave()
    nothing_lies_in_clear(life)
    nothing_is_open(life)


# G1, G2


def nothing_lies_in_clear(life: Life) -> None:
    assert traces([life.path], NEEDLES) == []


def nothing_is_open(life: Life) -> None:
    assert life.archive.locked
    mine = Path("/proc/self/fd")
    held = [os.readlink(link) for link in mine.iterdir() if link.is_symlink() and os.path.lexists(link)]
    assert [name for name in held if name.startswith(str(life.path)) and ".db" in name] == []


# G3


def intake_is_write_only(life: Life) -> None:
    """No key that an interviewer ever holds opens what waits in the inbox; a reviewer's does."""
    interviewer, reviewer = life.enter("interviewer-1"), life.enter("reviewer-1")
    with interviewer.reading() as connection:
        items = inbox.waiting_items(connection)
    keys = _all_keys(interviewer)
    for item in items[:3]:
        context = item.submission_id.encode()
        assert not any(_opens(key, item.sealed, Label.INTAKE, context) for key in keys)
        vault = sealing_keys(reviewer.archive, Compartment.VAULT)
        assert CANARY.encode() in open_with_any(vault, item.sealed, Label.INTAKE, context)


def _all_keys(session: Session) -> tuple[SealingKey, ...]:
    """One's own, and every key, old ones included, of each compartment that one opens."""
    held = [key for c in session.archive.secrets for key in sealing_keys(session.archive, c)]
    return (session.keys.sealing, *held)


def _opens(key: SealingKey, sealed: bytes, label: Label, context: bytes) -> bool:
    try:
        open_sealed(key, sealed, label, context)
    except Tampered:
        return False
    return True


# G4


def keys_are_those_of_the_roles(life: Life, *, thorough: bool) -> None:
    everybody = sorted(life.world.people)
    chosen = everybody if thorough else [*life.sessions, life.random.choice(everybody)]
    for handle in chosen:
        held = frozenset(life.enter(handle).archive.secrets)
        assert held == life.world.secrets_of(handle, life.clock()), (handle, held)
    # Whoever could carry them out has come: no change of keys is left half done.
    assert waiting_orders(life.archive.keyring()) == ()
    assert life.archive.keyring().pending == ()


def nobody_alone_rebuilds_the_identity_key(life: Life) -> None:
    """Each custodian opens one share at most, one share is none, and two are the key that opens the identities."""
    keyring, words = life.archive.keyring(), []
    for handle in sorted(h for h in life.sessions if life.world.people[h].role is Role.CUSTODIAN):
        session = life.sessions[handle]
        mine = [
            opened
            for share in keyring.shares
            for key in _all_keys(session)
            if (opened := _share(key, share.sealed, keyring.archive_id, share.account_id)) is not None
        ]
        assert len(mine) <= 1
        for share in mine:
            with pytest.raises(BadShares):
                combine([share])
            with pytest.raises(BadShares):
                combine([share, share])
        words += mine
    assert all(share.threshold >= 2 for share in keyring.shares)
    if len(words) < 2:
        return
    secret = combine(words[:2])
    with life.enter("custodian-1").reading() as connection:
        sealed = connection.execute(sa.select(IDENTITIES.c.sealed, IDENTITIES.c.submission_id)).all()
    keys = keys_of(keyring, Compartment.IDENTITY, secret)
    for row in sealed[:2]:
        assert open_with_any(keys, row.sealed, Label.IDENTITY, row.submission_id.encode())


def _share(key: SealingKey, sealed: bytes, archive_id: str, account_id: str) -> str | None:
    try:
        return open_sealed(key, sealed, Label.IDENTITY_SHARE, share_context(archive_id, account_id)).decode()
    except Tampered:
        return None


# G5


def first_view(life: Life) -> None:
    """An investigator who comes before anybody who could carry something out already sees no more than they may."""
    handle = life.random.choice(("investigator-1", "investigator-2"))
    purpose = life.random.choice(READ_FOR)
    _views_agree(life, handle, purpose, reads=1)
    life.leave()


def investigators_read_what_they_may(life: Life, *, thorough: bool) -> None:
    handles = life.those(Role.INVESTIGATOR)
    questions = [(handle, purpose) for handle in handles for purpose in READ_FOR]
    for handle, purpose in questions if thorough else life.random.sample(questions, 2):
        _views_agree(life, handle, purpose, reads=99 if thorough else 2)


def _views_agree(life: Life, handle: str, purpose: Purpose, reads: int) -> None:
    """What ought to be, what the gate says of each, what a search finds and what opens: the same codes."""
    session, now = life.enter(handle), life.clock()
    wanted = life.world.readable_by(handle, purpose, now)
    assert _scanned(session, purpose, life) == wanted
    try:
        page = search(session, SearchRequest("wells"), purpose, None, now)
        found, total = frozenset(hit.code for hit in page.hits), page.total
    except Refused:
        found, total = frozenset(), 0
    assert total == len(wanted) and found <= wanted
    assert len(found) == min(len(wanted), 20)
    # What was read before changes what may be read next: a line of a list once a wall stands, a text always.
    life.world.ticks += 1
    life.world.listed.setdefault(handle, {}).update(dict.fromkeys(found, life.world.ticks))
    codes = sorted({*life.world.told, *life.world.gone})
    for code in life.random.sample(codes, min(reads, len(codes))):
        wanted = life.world.readable_by(handle, purpose, now)
        assert _reads(session, code, purpose, life) == (code in wanted)
        life.world.read.setdefault(handle, set()).update({code} & wanted)


def _scanned(session: Session, purpose: Purpose, life: Life) -> frozenset[str]:
    """The gate, asked about one testimony after the other."""
    allowed = set()
    with session.reading() as connection:
        use = use_in_force(session, connection, session.account.id, life.clock())
        asked = Asked(use, purpose, audience_of(purpose), life.clock())
        for code in connection.execute(sa.select(REGISTER.c.code)).scalars():
            facts = released.find_facts(connection, asked, code)
            if facts is None or facts[1] is None:
                continue
            with suppress(Refused):
                permit(asked.use, asked.purpose, asked.audience, facts[0], asked.now)
                allowed.add(code)
    return frozenset(allowed)


def _reads(session: Session, code: str, purpose: Purpose, life: Life) -> bool:
    try:
        text = read_release(session, code, purpose, life.clock()).text
    except (NotFound, Refused):
        return False
    assert HIDDEN not in text and life.world.told[code].tail in text
    return True


# G6, G8


def pages_hold_what_they_may(life: Life) -> None:
    """Every page in clear, free ones included. Words of layers are in the reading room, of nothing else; no withheld
    word is; what was erased is in no file."""
    reviewer, world = life.enter("reviewer-1"), life.world
    pages = _pages(reviewer)
    room = pages[Compartment.READING_ROOM].lower()
    assert HIDDEN.lower().encode() not in room
    for one in world.told.values():
        assert (one.tail.encode() in room) == one.layer, one
    for content in pages.values():
        lower = content.lower()
        assert [tail for tail in world.gone.values() if tail.encode() in lower] == []
    life.carried_out |= world.gone.keys()
    with reviewer.reading() as connection:
        for code in world.gone:
            assert forgetting.remains(connection, code) == ()
        current = {row.code for row in releases.current_releases(connection, after=0, limit=10_000)}
    assert current == {one.code for one in world.told.values() if one.layer}


def _pages(session: Session) -> Mapping[Compartment, bytes]:
    return {
        compartment: decrypted(
            session.archive.directory.file_of(compartment),
            database_key(session.archive.secrets[compartment], Label.COMPARTMENT_DATABASE),
        )
        for compartment in FILES
    }


# G7


def the_log_only_grew(life: Life, kept: Kept, *, thorough: bool) -> None:
    """It continues what was kept outside; where an older copy was put back, that is noticed. thorough: and every entry,
    signature and checkpoint of it holds."""
    auditor = life.enter("auditor-1")
    if life.was_put_back:
        verdict = examine_log(auditor, life.clock(), kept.checkpoint)
        assert kept.checkpoint is None or verdict.fault is not None
        life.was_put_back, kept.checkpoint = False, None
    with auditor.work(life.clock()) as work:
        sign_checkpoint(work.connection, auditor.archive, life.clock())
    with auditor.reading() as connection:
        newest = log.checkpoints(connection)[-1][2]
        before, after = _opened(life, kept.checkpoint or newest), _opened(life, newest)
        assert after.size == log.size(connection)
        proof = consistency_proof(before.size, after.size, lambda n, m: log.node(connection, n, m))
    verify_consistency(before.size, before.root, after.size, after.root, proof)
    if thorough:
        assert examine_log(auditor, life.clock(), kept.checkpoint).fault is None
    kept.checkpoint = newest


def _opened(life: Life, note: str) -> Checkpoint:
    keyring = life.archive.keyring()
    return open_checkpoint(note, log_origin(keyring.archive_id), log_key(keyring))


# G9


def check_recovery(life: Life) -> None:
    """Any k sheets open every compartment; one fewer opens nothing."""
    keyring = life.archive.keyring()
    for words in life.world.sheets:
        with pytest.raises(NotYet):
            open_with_sheets(life.archive, (read_sheet(keyring, words),))
        with pytest.raises(BadShares):
            combine([words])
    for left_out in range(len(life.world.sheets)):
        chosen = [words for n, words in enumerate(life.world.sheets) if n != left_out]
        recovered = open_with_sheets(life.archive, tuple(read_sheet(keyring, words) for words in chosen))
        assert recovered.missing == ()
        for compartment in FILES:
            assert opens(life.archive.directory, compartment, recovered.secrets[compartment])
    _opens_identities(life, recovered.secrets[Compartment.IDENTITY])


def _opens_identities(life: Life, secret: Secret) -> None:
    keys = keys_of(life.archive.keyring(), Compartment.IDENTITY, secret)
    with life.enter("custodian-1").reading() as connection:
        rows = connection.execute(sa.select(IDENTITIES.c.sealed, IDENTITIES.c.submission_id)).all()
    for row in rows:
        assert open_with_any(keys, row.sealed, Label.IDENTITY, row.submission_id.encode())
    life.leave()

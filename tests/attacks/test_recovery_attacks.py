"""Attacks on the way back: sheets, their certificate, slots and rehearsals, and new keys under another name (G9)."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import Argon2Cost
from crypto.shares import combine
from crypto.signing import SigningKey
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import BadSheet, NotFound, Refused, SignInFailed
from testimony.domain.roles import Role
from testimony.services import pending_orders
from testimony.services.accounts import activate, suspend
from testimony.services.archives import Archive
from testimony.services.certificates import (
    certified_account,
    certify_public_key,
    recovery_keys,
    sign_statement,
)
from testimony.services.checking import check
from testimony.services.generations import compartment_key
from testimony.services.invitations import Newcomer, invite
from testimony.services.locked_log import log_while_locked
from testimony.services.membership import wrap_for_members
from testimony.services.recovering import open_with_sheets, restore
from testimony.services.recovery_orders import confirm_sheets, order_sheets
from testimony.services.recovery_statements import (
    make_recovery,
    order_document,
    recovery_keys_of,
    sheet_key,
    signer_name,
)
from testimony.services.recovery_status import recovery_status
from testimony.services.rehearsals import prove
from testimony.services.rehearsing import rehearse
from testimony.services.reissuing import confirm_reissue, order_reissue
from testimony.services.throttling import Throttle
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, ROOT, Keyring
from testimony.storage.keyring_file import read_keyring, read_signed_document, write_keyring
from tests.recovery_archive import (
    PLAN,
    Founded,
    archive,
    clock,
    enter,
    found_here,
    open_copy,
    people,
    read,
    with_sheets,
)
from tests.services.conftest import PASSWORD, Clock, People

__all__ = ["archive", "clock", "people", "with_sheets"]

NEW = "four lanterns beyond the harbour"
REASON = "somebody asked for it"
MOLE = Newcomer("mole", "Mole", frozenset({Role.CUSTODIAN}))


def shapes(words: str) -> Iterator[bytes]:
    """How the words of a sheet could lie on a disk."""
    yield words.encode()
    yield " ".join(words.split()[4:9]).encode()
    yield "\n".join(words.split()[4:7]).encode()


def test_no_word_of_a_sheet_is_in_any_file_of_the_archive(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    rehearse(archive, with_sheets.sheets[0], clock())
    restore(archive, open_with_sheets(archive, read(archive, with_sheets.sheets[:2])), MOLE, NEW, (), clock())
    order_sheets(people["custodian"], PLAN, REASON, clock())
    made = confirm_sheets(people["custodian_b"], REASON, clock())
    sheets = (*with_sheets.sheets, *made.sheets)
    files = [path for path in archive.directory.path.rglob("*") if path.is_file()]
    assert len(files) >= 4

    found = [path.name for path in files for sheet in sheets for s in shapes(sheet) if s in path.read_bytes()]

    assert found == []


def test_sheets_of_another_archive_open_nothing_here(
    archive: Archive, with_sheets: Founded, tmp_path: Path, clock: Clock
) -> None:
    other = found_here(tmp_path / "other", clock)
    assert read(open_copy(other.path), other.sheets)

    with pytest.raises(BadSheet):
        read(archive, other.sheets)


def test_a_sheet_of_another_archive_among_ones_own_is_refused_in_the_combination_too(
    archive: Archive, with_sheets: Founded, tmp_path: Path, clock: Clock
) -> None:
    """Somebody who goes round the check of each sheet."""
    other = found_here(tmp_path / "other", clock)
    foreign = read(open_copy(other.path), other.sheets)[1]

    with pytest.raises(BadSheet):
        open_with_sheets(archive, (*read(archive, with_sheets.sheets[:1]), foreign))


def test_another_root_under_the_same_sheets_is_found(
    archive: Archive, with_sheets: Founded, clock: Clock
) -> None:
    """A writer of the disk makes a root of their own, certifies everything again and waits for a recovery."""
    keyring, mine = read_keyring(archive.directory), SigningKey(Secret.random())
    assert keyring.recovery is not None
    document = json.loads(keyring.recovery.statement)
    forged = replace(
        keyring,
        root=mine.public.raw,
        recovery=sign_statement(document, ROOT, mine, Label.RECOVERY_CERTIFICATE),
        compartments={
            compartment: certify_public_key(
                compartment.value, public_of(keyring, compartment), keyring.archive_id, mine
            )
            for compartment in keyring.compartments
        },
    )
    write_keyring(archive.directory, forged)
    assert recovery_keys(archive.keyring()) is not None

    with pytest.raises(ArchiveDamaged):
        open_with_sheets(archive, read(archive, with_sheets.sheets[:2]))


def public_of(keyring: Keyring, compartment: Compartment) -> bytes:
    return compartment_key(keyring, compartment).raw


def test_an_older_directory_with_the_ledger_of_now_is_not_recovered(
    archive: Archive, with_sheets: Founded, clock: Clock, people: People
) -> None:
    kept = archive.directory.keyring.read_bytes()
    suspend(people["custodian"], "reviewer-2", clock())
    enter(archive, "reviewer-1", PASSWORD, clock)
    archive.directory.keyring.write_bytes(kept)
    recovered = open_with_sheets(archive, read(archive, with_sheets.sheets[:2]))

    with pytest.raises(ArchiveDamaged):
        restore(archive, recovered, MOLE, NEW, (), clock())


def test_a_slot_of_the_sheets_put_elsewhere_or_exchanged_is_found(
    archive: Archive, with_sheets: Founded
) -> None:
    keyring = read_keyring(archive.directory)
    slots = keyring.slots_of(RECOVERY)

    write_keyring(
        archive.directory,
        keyring.with_slot(replace(slots[Compartment.AUDIT], compartment=Compartment.VAULT)),
    )

    with pytest.raises(ArchiveDamaged):
        open_with_sheets(archive, read(archive, with_sheets.sheets[:2]))


def test_one_custodian_alone_makes_no_sheets(people: People, clock: Clock) -> None:
    custodian = people["custodian"]
    order_sheets(custodian, PLAN, REASON, clock())

    with pytest.raises(Refused):
        confirm_sheets(custodian, REASON, clock())


def test_a_custodian_who_signs_both_the_order_and_the_certificate_is_not_believed(
    archive: Archive, people: People, clock: Clock
) -> None:
    """Around the program: every compartment would be sealed to the key of one."""
    custodian, keyring = people["custodian"], read_keyring(archive.directory)
    me, key = custodian.account.id, custodian.keys.signing
    order = sign_statement(
        order_document(keyring.archive_id, 2, PLAN, clock()), me, key, Label.RECOVERY_ORDER
    )
    made = make_recovery(keyring.archive_id, keyring.root, PLAN, 2, order, clock())
    certificate = sign_statement(made.document, me, key, Label.RECOVERY_CERTIFICATE)
    assert keyring.recovery is not None
    forged = replace(keyring, recovery=certificate, recovered=(keyring.recovery,)).without_slots_of(RECOVERY)
    write_keyring(archive.directory, forged)

    wrap_for_members(people["reviewer"], clock())

    assert read_keyring(archive.directory).slots_of(RECOVERY) == {}
    with pytest.raises(ArchiveDamaged):
        recovery_keys(archive.keyring())


def test_a_certificate_that_the_ledger_does_not_know_gets_no_key(
    archive: Archive, people: People, clock: Clock
) -> None:
    """A custodian who was stopped kept a colleague's old order, and certifies sheets of their own with it."""
    ordering, stopped = people["custodian"], people["custodian_b"]
    order_sheets(ordering, PLAN, REASON, clock())
    with ordering.reading() as connection:
        kept = pending_orders.pending(connection, pending_orders.RENEWAL)
    assert kept is not None
    suspend(ordering, "custodian-2", clock())
    keyring = read_keyring(archive.directory)
    order = read_signed_document(kept["order"])
    made = make_recovery(keyring.archive_id, keyring.root, PLAN, 2, order, clock())
    certificate = sign_statement(
        made.document, stopped.account.id, stopped.keys.signing, Label.RECOVERY_CERTIFICATE
    )
    assert keyring.recovery is not None
    forged = replace(keyring, recovery=certificate, recovered=(keyring.recovery,)).without_slots_of(RECOVERY)
    write_keyring(archive.directory, forged)
    assert recovery_keys(archive.keyring()) is not None

    wrap_for_members(people["reviewer"], clock())

    assert read_keyring(archive.directory).slots_of(RECOVERY) == {}


def test_sheets_that_were_replaced_enrol_nobody_who_gets_a_key(
    archive: Archive, with_sheets: Founded, people: People, clock: Clock
) -> None:
    """Their signing key still makes a certificate that holds; the ledger has no row of it."""
    old = read(archive, with_sheets.sheets[:2])
    order_sheets(people["custodian"], PLAN, REASON, clock())
    confirm_sheets(people["custodian_b"], REASON, clock())
    keyring = read_keyring(archive.directory)
    secret = combine([sheet.share.words for sheet in old])
    keys = recovery_keys_of(secret, keyring.archive_id, keyring.root, 1)
    mole = Newcomer("mole", "Mole", frozenset({Role.REVIEWER}))
    made = invite(keyring, mole, (signer_name(1), keys.signing), Argon2Cost.TESTING_ONLY, clock())
    write_keyring(archive.directory, keyring.with_account(made.record))
    activate(archive, Throttle(), "mole", made.code, NEW, clock())
    assert certified_account(archive.keyring(), made.record.account_id).active

    wrap_for_members(people["reviewer"], clock())

    assert read_keyring(archive.directory).slots_of(made.record.account_id) == {}


def test_a_copy_of_before_and_the_old_sheets_open_that_copy_and_no_newer_one(
    archive: Archive, with_sheets: Founded, people: People, clock: Clock, tmp_path: Path
) -> None:
    """What is not defended until compartments are re-keyed, and what is."""
    shutil.copytree(archive.directory.path, tmp_path / "copy")
    copy = open_copy(tmp_path / "copy")
    order_sheets(people["custodian"], PLAN, REASON, clock())
    confirm_sheets(people["custodian_b"], REASON, clock())

    assert open_with_sheets(copy, read(copy, with_sheets.sheets[:2])).missing == ()
    with pytest.raises(BadSheet):
        read(archive, with_sheets.sheets[:2])


def test_whoever_sees_the_disk_cannot_tell_a_sheet_from_its_proof(
    archive: Archive, with_sheets: Founded
) -> None:
    """The proof is a fingerprint of a key made of 256 bits; no sheet's words are near it."""
    certified = recovery_keys(archive.keyring())
    assert certified is not None

    proofs = set(certified.proofs.values())

    assert len(proofs) == PLAN.count
    assert not any(
        word in proof for proof in proofs for word in with_sheets.sheets[0].split() if len(word) > 5
    )


def test_a_rehearsal_that_nobody_made_is_not_a_date(archive: Archive, people: People, clock: Clock) -> None:
    """Anyone can seal an event to the ledger; only a sheet can sign."""
    keyring = archive.keyring()
    forged = prove(keyring, 1, 1, SigningKey(Secret.random()), clock())
    what = (Action.KEY_OPERATION, Outcome.ALLOWED)
    log_while_locked(archive, keyring, what, None, "sheet 1 rehearsed", clock(), forged)

    status = recovery_status(people["custodian"], clock())

    assert [sheet.proven for sheet in status.sheets] == [None, None, None]


def test_a_rehearsal_of_one_sheet_is_not_one_of_another(
    archive: Archive, with_sheets: Founded, people: People, clock: Clock
) -> None:
    keyring, (sheet, *_) = archive.keyring(), read(archive, with_sheets.sheets)
    forged = prove(keyring, 1, 2, sheet_key(sheet.share, keyring.archive_id, 1), clock())
    what = (Action.KEY_OPERATION, Outcome.ALLOWED)
    log_while_locked(archive, keyring, what, None, "sheet 2 rehearsed", clock(), forged)

    assert [s.proven for s in recovery_status(people["custodian"], clock()).sheets] == [None] * 3


def test_a_custodian_alone_takes_over_no_account(people: People, clock: Clock) -> None:
    custodian, victim = people["custodian"], people["reviewer"].account.id
    order_reissue(custodian, victim, REASON, clock())

    with pytest.raises(Refused):
        confirm_reissue(custodian, victim, REASON, clock())


def test_neither_half_of_the_code_opens_the_account(archive: Archive, people: People, clock: Clock) -> None:
    """A custodian who deceived a colleague holds one half only."""
    victim = people["reviewer"].account.id
    first = order_reissue(people["custodian"], victim, REASON, clock())
    second = confirm_reissue(people["custodian_b"], victim, REASON, clock())

    for tried in (first, second, f"{first} {first}", f"{second} {second}", f"{second} {first}"):
        with pytest.raises(SignInFailed):
            activate(archive, Throttle(), "reviewer-1", tried, NEW, clock())

    activate(archive, Throttle(), "reviewer-1", f"{first}{second}", NEW, clock())


def test_an_order_in_a_colleagues_name_is_no_order(people: People, clock: Clock) -> None:
    """The ledger opens for everybody: one custodian writes the other's order into it."""
    attacker, victim = people["custodian"], people["reviewer"].account.id
    colleague = people["custodian_b"].account.id
    order_reissue(attacker, victim, REASON, clock())
    with attacker.work(clock()) as work:
        kept = pending_orders.pending(work.connection, victim)
        assert kept is not None
        kept["order"]["signer"] = colleague
        pending_orders.put(work.connection, victim, kept)

    with pytest.raises(NotFound):
        confirm_reissue(attacker, victim, REASON, clock())


def test_a_reissue_that_one_custodian_signed_twice_is_not_believed(
    archive: Archive, people: People, clock: Clock
) -> None:
    attacker, victim = people["custodian"], people["reviewer"].account.id
    order_reissue(attacker, victim, REASON, clock())
    confirm_reissue(people["custodian_b"], victim, REASON, clock())
    keyring = read_keyring(archive.directory)
    record = keyring.accounts[victim]
    honest = record.reissues[0]
    document = json.loads(honest.confirmation.statement)
    forged = sign_statement(document, attacker.account.id, attacker.keys.signing, Label.REISSUE)
    broken = replace(record, reissues=(replace(honest, confirmation=forged),))
    assert certified_account(keyring, victim)

    with pytest.raises(ArchiveDamaged):
        certified_account(keyring.with_account(broken), victim)


def test_taking_a_reissue_back_out_of_the_keyring_does_not_bring_the_old_password_back(
    archive: Archive, people: People, clock: Clock
) -> None:
    """A thief of the old password who writes to the disk."""
    victim = people["reviewer"].account.id
    before = read_keyring(archive.directory)
    order_reissue(people["custodian"], victim, REASON, clock())
    confirm_reissue(people["custodian_b"], victim, REASON, clock())
    enter(archive, "auditor-1", PASSWORD, clock)

    write_keyring(archive.directory, replace(before, version=before.version - 1))

    with pytest.raises(SignInFailed):
        enter(archive, "reviewer-1", PASSWORD, clock)


def test_an_old_keyring_with_a_new_number_does_not_bring_the_old_password_back(
    archive: Archive, people: People, clock: Clock
) -> None:
    """The same thief, who counts."""
    victim = people["reviewer"].account.id
    before = read_keyring(archive.directory)
    order_reissue(people["custodian"], victim, REASON, clock())
    confirm_reissue(people["custodian_b"], victim, REASON, clock())

    write_keyring(archive.directory, replace(before, version=before.version + 50).without_slots_of(victim))
    wrap_for_members(people["reviewer_b"], clock())
    stripped = read_keyring(archive.directory).slots_of(victim)
    write_keyring(archive.directory, replace(before, version=before.version + 90))

    assert stripped == {}
    with pytest.raises(SignInFailed):
        enter(archive, "reviewer-1", PASSWORD, clock)


def test_sheets_put_back_with_an_old_keyring_are_given_no_key_and_the_check_says_so(
    archive: Archive, with_sheets: Founded, people: People, clock: Clock
) -> None:
    before = read_keyring(archive.directory)
    order_sheets(people["custodian"], PLAN, REASON, clock())
    confirm_sheets(people["custodian_b"], REASON, clock())

    write_keyring(archive.directory, replace(before, version=before.version + 50).without_slots_of(RECOVERY))
    wrap_for_members(people["reviewer"], clock())

    assert read(archive, with_sheets.sheets[:2])
    assert read_keyring(archive.directory).slots_of(RECOVERY) == {}
    assert ("certificate_not_the_ledgers", "recovery") in {
        (finding.what, finding.where) for finding in check(people["reviewer_b"], clock())
    }

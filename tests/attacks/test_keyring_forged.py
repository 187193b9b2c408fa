"""Attacks with a pen in keyring.json: another root, older files, moved slots, forged certificates (G4, G9)."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import Argon2Cost
from crypto.sealing import SealingKey, seal
from crypto.signing import SigningKey
from testimony.domain.accounts import AccountId
from testimony.domain.errors import SignInFailed
from testimony.domain.roles import Role
from testimony.services.accounts import enrol, list_accounts, suspend
from testimony.services.archives import Archive
from testimony.services.certificates import certified_account, encode
from testimony.services.founding import FOUNDERS, found
from testimony.services.invitations import Newcomer, invite
from testimony.services.membership import slot_context, wrap_for_members
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import KeySlot
from testimony.storage.keyring_file import read_keyring, write_keyring
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


def enter(archive: Archive, clock: Clock, name: str = "reviewer") -> None:
    session = SignIn(archive, Throttle()).sign_in(HANDLES[name], PASSWORD, None, clock())
    archive.release(session.archive.secrets)


def edit(archive: Archive, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(archive.directory.keyring.read_text())
    change(document)
    archive.directory.keyring.write_text(json.dumps(document))


def test_another_archives_root_in_the_keyring_stops_everyone(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    other = ArchiveDirectory(tmp_path / "other")
    found(other, "Other", FOUNDERS, Argon2Cost.TESTING_ONLY, clock())
    foreign = json.loads(other.keyring.read_text())["root"]
    enter(archive, clock)

    edit(archive, lambda keyring: keyring.update(root=foreign))

    with pytest.raises(ArchiveDamaged):
        enter(archive, clock)


def test_an_older_keyring_put_back_is_refused(archive: Archive, clock: Clock, people: People) -> None:
    kept = archive.directory.keyring.read_bytes()
    enrol(people["custodian"], Newcomer("newcomer", "Newcomer", frozenset({Role.INTERVIEWER})), clock())
    enter(archive, clock)

    archive.directory.keyring.write_bytes(kept)

    with pytest.raises(ArchiveDamaged):
        enter(archive, clock)


def test_a_suspension_survives_an_old_keyring_with_a_new_number(
    archive: Archive, clock: Clock, people: People
) -> None:
    before = read_keyring(archive.directory)
    suspend(people["custodian"], HANDLES["investigator"], clock())
    with pytest.raises(SignInFailed):
        enter(archive, clock, "investigator")

    write_keyring(archive.directory, replace(before, version=before.version + 50))

    with pytest.raises(SignInFailed):
        enter(archive, clock, "investigator")


def test_a_slot_moved_to_another_account_does_not_open(archive: Archive, clock: Clock) -> None:
    keyring = read_keyring(archive.directory)
    vault_slots = [slot for slot in keyring.slots if slot.compartment is Compartment.VAULT]
    thief = next(i for i in keyring.accounts if Role.INVESTIGATOR in certified_account(keyring, i).roles)
    assert vault_slots

    write_keyring(archive.directory, keyring.with_slot(replace(vault_slots[0], account_id=thief)))

    with pytest.raises(ArchiveDamaged):
        for name in ("investigator", "investigator_b"):
            enter(archive, clock, name)


def test_a_slot_with_a_secret_of_the_attackers_choice_is_refused(archive: Archive, clock: Clock) -> None:
    """Without the check against the certified key, the reviewer would write into a vault that the attacker reads."""
    keyring = read_keyring(archive.directory)
    victim = next(i for i in keyring.accounts if Role.REVIEWER in certified_account(keyring, i).roles)
    context = slot_context(keyring.archive_id, Compartment.VAULT, victim)
    chosen = seal(certified_account(keyring, victim).sealing, Secret.random().raw, Label.KEY_SLOT, context)

    write_keyring(archive.directory, keyring.with_slot(KeySlot(Compartment.VAULT, victim, chosen)))

    with pytest.raises(ArchiveDamaged):
        for name in ("reviewer", "reviewer_b"):
            enter(archive, clock, name)


def test_an_account_that_no_custodian_signed_gets_no_key(
    archive: Archive, clock: Clock, people: People
) -> None:
    """An attacker who can write the keyring enrols a reviewer in a custodian's name with a key of their own."""
    keyring = read_keyring(archive.directory)
    custodian = people["custodian"].account.id
    newcomer = Newcomer("mole", "Mole", frozenset({Role.REVIEWER}))
    forged = invite(
        keyring, newcomer, (custodian, SigningKey(Secret.random())), Argon2Cost.TESTING_ONLY, clock()
    )
    record = replace(forged.record, activation=forged.record.enrolment)
    write_keyring(archive.directory, keyring.with_account(record))

    wrap_for_members(people["reviewer"], clock())

    slots = read_keyring(archive.directory).slots_of(record.account_id)
    assert slots == {}
    with pytest.raises(ArchiveDamaged):
        certified_account(read_keyring(archive.directory), record.account_id)


def test_a_reviewer_who_signs_enrolments_enrols_nobody(
    archive: Archive, clock: Clock, people: People
) -> None:
    keyring = read_keyring(archive.directory)
    reviewer = people["reviewer"]
    newcomer = Newcomer("friend", "Friend", frozenset({Role.AUDITOR}))
    signer = (reviewer.account.id, reviewer.keys.signing)
    friend = invite(keyring, newcomer, signer, Argon2Cost.TESTING_ONLY, clock())

    forged = keyring.with_account(friend.record)

    with pytest.raises(ArchiveDamaged):
        certified_account(forged, friend.record.account_id)


def test_a_role_written_into_a_certificate_breaks_it(archive: Archive, people: People) -> None:
    keyring = read_keyring(archive.directory)
    interviewer = people["interviewer"].account.id
    record = keyring.accounts[interviewer]
    raised = replace(
        record.enrolment, statement=record.enrolment.statement.replace(b"interviewer", b"custodian")
    )
    assert raised.statement != record.enrolment.statement

    forged = keyring.with_account(replace(record, enrolment=raised))

    with pytest.raises(ArchiveDamaged):
        certified_account(forged, interviewer)


def test_a_compartment_key_of_the_attackers_own_is_not_sealed_to(archive: Archive, people: People) -> None:
    """Submissions would be sealed to the attacker."""
    interviewer = people["interviewer"]
    keyring = read_keyring(archive.directory)
    vault = keyring.compartments[Compartment.VAULT]
    document = json.loads(vault.statement)
    document["public"] = encode(SealingKey(Secret.random()).public.raw)
    forged = replace(vault, statement=json.dumps(document, sort_keys=True, separators=(",", ":")).encode())

    write_keyring(
        archive.directory, replace(keyring, compartments={**keyring.compartments, Compartment.VAULT: forged})
    )

    with pytest.raises(ArchiveDamaged):
        interviewer.archive.public(Compartment.VAULT)


def test_no_handle_and_no_name_is_in_the_keyring(archive: Archive) -> None:
    text = archive.directory.keyring.read_text()

    assert "account_id" in text
    assert not any(handle in text for handle in HANDLES.values())
    assert "Interviewer 1" not in text


def test_a_keyring_cut_short_opens_nothing_and_changes_nothing(
    archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.json"
    shutil.copy(archive.directory.keyring, whole)
    archive.directory.keyring.write_bytes(whole.read_bytes()[:-200])

    with pytest.raises(ArchiveDamaged):
        enter(archive, clock)
    shutil.copy(whole, archive.directory.keyring)
    enter(archive, clock)


def test_an_account_row_without_a_certificate_is_listed_without_roles(
    archive: Archive, clock: Clock, people: People
) -> None:
    keyring = read_keyring(archive.directory)
    gone = people["investigator"].account.id
    accounts = {i: r for i, r in keyring.accounts.items() if i != AccountId(gone)}
    write_keyring(archive.directory, replace(keyring, accounts=accounts))

    views = {view.id: view for view in list_accounts(people["custodian"], clock())}

    assert views[gone].roles == ()

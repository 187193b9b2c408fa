"""Attacks on keys that were changed: what was kept from before, forged orders, older files put back (G2, G4, G9).

Who was removed has their old keyring, their old password and whatever the archive's directory holds today.
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.errors import BadShares, CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.locking import unlock
from crypto.passwords import Argon2Cost, unlock_bundle
from crypto.sealing import SealingKey, open_sealed
from crypto.shares import combine
from testimony.domain.errors import Refused
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.archives import Archive, handle_lookup
from testimony.services.certificates import encode, sign_statement
from testimony.services.confirming import confirm_enrolment
from testimony.services.generations import compartment_key, generation_of
from testimony.services.intake import submit_draft
from testimony.services.invitations import Newcomer
from testimony.services.opening import keys_of, open_slots, sealing_key_of
from testimony.services.rekey_running import carry_out
from testimony.services.rekeying import confirm, find_order, own_share, shares_lent
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session, parse_keys
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import identities, inbox, log
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.keyring import Keyring, Pending, RekeyOrder, Signed
from testimony.storage.keyring_file import read_keyring, write_keyring
from testimony.storage.objects import local_objects
from testimony.storage.rekey import opens
from tests.deaths import next_process
from tests.new_keys import can_enter, confirmed, ordered, rekeyed, signed_in_anew, with_identity
from tests.review_room import handed_in
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people
from tests.services.intake_answers import type_draft

__all__ = ["archive", "clock", "founded_template", "people"]

VAULT, LEDGER, AUDIT, IDENTITY = (
    Compartment.VAULT,
    Compartment.LEDGER,
    Compartment.AUDIT,
    Compartment.IDENTITY,
)


def secrets_of(keyring: Keyring, handle: str) -> Mapping[Compartment, Secret]:
    """What an old keyring and the password open, without any of our refusals."""
    record = keyring.account_with_lookup(handle_lookup(keyring.archive_id, handle))
    assert record is not None
    content = parse_keys(unlock_bundle(PASSWORD, record.bundle, record.account_id))
    return open_slots(keyring, record.account_id, SealingKey(content.sealing))


def with_second_auditor(people: People) -> None:
    """Somebody who remains when the first auditor goes."""
    newcomer = Newcomer("auditor-2", "Auditor 2", frozenset({Role.AUDITOR}))
    invitation = enrol(people["custodian"], newcomer, people.clock())
    activate(people.archive, Throttle(), "auditor-2", invitation.code, PASSWORD, people.clock())
    confirm_enrolment(people["custodian_b"], invitation.record.account_id, "we know her", people.clock())
    can_enter(people, "auditor")


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("interviewer", {LEDGER}),
        ("reviewer_b", {LEDGER, VAULT, Compartment.READING_ROOM}),
        ("investigator", {LEDGER, Compartment.READING_ROOM}),
    ],
)
def test_a_removed_members_old_keyring_and_password_open_nothing_of_the_new_files(
    people: People, clock: Clock, tmp_path: Path, name: str, held: set[Compartment]
) -> None:
    old = people.archive.keyring()
    kept = secrets_of(old, HANDLES[name])
    assert {c for c in held if opens(people.archive.directory, c, kept[c])} == held
    suspend(people["custodian"], HANDLES[name], clock())

    rekeyed(people, *held, without=name)

    assert not [c for c in held if opens(people.archive.directory, c, kept[c])]
    # The old keyring laid over the new files, with the password that is right for it.
    stolen = tmp_path / "stolen"
    shutil.copytree(people.archive.directory.path, stolen)
    directory = ArchiveDirectory(stolen)
    write_keyring(directory, replace(old, version=1000))
    thief = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    with pytest.raises(ArchiveDamaged):
        SignIn(thief, Throttle()).sign_in(HANDLES[name], PASSWORD, None, clock())
    can_enter(people, "reviewer")


def test_a_removed_auditor_opens_no_sealed_words_of_the_new_files(people: People, clock: Clock) -> None:
    with_second_auditor(people)
    kept = secrets_of(people.archive.keyring(), HANDLES["auditor"])
    suspend(people["custodian"], HANDLES["auditor"], clock())
    confirmed(people, LEDGER, AUDIT, without="auditor")
    carry_out(people["custodian_b"], clock())
    people.archive.release(people.door.sign_in("auditor-2", PASSWORD, None, clock()).archive.secrets)
    assert generation_of(people.archive.keyring(), AUDIT).number == 1
    signed_in_anew(people)
    ordered(people, VAULT)

    assert not opens(people.archive.directory, LEDGER, kept[LEDGER])
    # Even with the ledger in their hands, what was said since is not for them.
    with people["custodian"].reading() as connection:
        newest = [e.detail for e in log.entries_from(connection, 0, log.size(connection)) if e.detail][-1]
    with pytest.raises(CryptoError):
        open_sealed(sealing_key_of(kept[AUDIT]), newest, Label.AUDIT_DETAIL)
    with pytest.raises(StorageFailed):
        keys_of(people.archive.keyring(), AUDIT, kept[AUDIT])


def test_old_shares_open_no_identity_of_the_new_files(people: People, clock: Clock) -> None:
    code = with_identity(people)
    before = people.archive.keyring()
    names = ("custodian", "custodian_b")
    old = combine([own_share(people[name], before) or "" for name in names])

    def sealed() -> identities.SealedIdentity:
        with people["custodian"].reading() as connection:
            found = identities.find_identity(connection, code)
        assert found is not None
        return found

    assert open_sealed(sealing_key_of(old), sealed().sealed, Label.IDENTITY, sealed().submission_id.encode())

    rekeyed(people, IDENTITY)

    with pytest.raises(CryptoError):
        open_sealed(sealing_key_of(old), sealed().sealed, Label.IDENTITY, sealed().submission_id.encode())
    now = people.archive.keyring()
    mixed = [own_share(people["custodian"], before) or "", own_share(people["custodian_b"], now) or ""]
    with pytest.raises(BadShares):
        combine(mixed)


def test_the_inbox_does_not_open_to_who_kept_the_vaults_old_key(people: People, clock: Clock) -> None:
    code = handed_in(people["interviewer"], clock())
    kept = sealing_key_of(people["reviewer_b"].archive.secret(VAULT))

    def item() -> inbox.InboxItem:
        with people["interviewer"].reading() as connection:
            return next(i for i in inbox.waiting_items(connection) if i.code == code)

    assert open_sealed(kept, item().sealed, Label.INTAKE, item().submission_id.encode())

    rekeyed(people, VAULT)

    with pytest.raises(CryptoError):
        open_sealed(kept, item().sealed, Label.INTAKE, item().submission_id.encode())


def statement(session: Session, keyring: Keyring, order: str, number: int, **changes: str) -> Signed:
    """A re-key statement for the vault with a key of the signer's own."""
    document = {
        "type": "rekey/1",
        "archive": keyring.archive_id,
        "compartment": VAULT.value,
        "generation": number,
        "public": encode(SealingKey(Secret(bytes(32))).public.raw),
        "order": order,
        "at": "2026-03-02T09:00:00+00:00",
        **changes,
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.REKEY)


def signed_order(session: Session, keyring: Keyring) -> Signed:
    document = {
        "type": "rekey-order/1",
        "archive": keyring.archive_id,
        "id": "00",
        "compartments": ["vault"],
        "cause": "rotation",
        "account": None,
        "at": "2026-03-02T09:00:00+00:00",
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.REKEY_ORDER)


def signed_confirmation(session: Session, keyring: Keyring, order: str) -> Signed:
    document = {
        "type": "rekey-confirmation/1",
        "archive": keyring.archive_id,
        "order": order,
        "at": "2026-03-02T09:00:00+00:00",
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.REKEY_CONFIRMATION)


def with_order(keyring: Keyring, by: Session, confirmed_by: Session | None) -> tuple[Keyring, str]:
    """The keyring with an order laid into it, and its hash."""
    order = signed_order(by, keyring)
    digest = hashlib.sha256(order.statement).hexdigest()
    confirmation = None if confirmed_by is None else signed_confirmation(confirmed_by, keyring, digest)
    return replace(keyring, orders=(*keyring.orders, RekeyOrder(order, confirmation))), digest


@pytest.mark.parametrize(
    ("by", "confirmed_by", "executor"),
    [
        ("custodian", None, "reviewer"),
        ("custodian", "custodian", "reviewer"),
        ("reviewer", "custodian", "reviewer_b"),
        ("custodian", "auditor", "reviewer"),
        ("custodian", "custodian_b", "custodian"),
        ("custodian", "custodian_b", "investigator"),
    ],
)
def test_a_forged_order_or_executor_puts_no_key_in_place(
    people: People, by: str, confirmed_by: str | None, executor: str
) -> None:
    keyring = people.archive.keyring()
    other = None if confirmed_by is None else people[confirmed_by]
    honest, digest = with_order(keyring, people["custodian"], people["custodian_b"])
    good = replace(honest, rekeyed=(statement(people["reviewer"], keyring, digest, 1),))
    assert generation_of(good, VAULT).number == 1

    forged, digest = with_order(keyring, people[by], other)
    forged = replace(forged, rekeyed=(statement(people[executor], keyring, digest, 1),))

    with pytest.raises(ArchiveDamaged):
        compartment_key(forged, VAULT)


def test_an_order_makes_one_key_and_in_its_turn(people: People) -> None:
    keyring, digest = with_order(people.archive.keyring(), people["custodian"], people["custodian_b"])
    first = statement(people["reviewer"], keyring, digest, 1)
    for forged in (
        (first, statement(people["reviewer"], keyring, digest, 2)),
        (statement(people["reviewer"], keyring, digest, 2),),
        (statement(people["reviewer"], keyring, digest, 0),),
        (statement(people["reviewer"], keyring, digest, 1, compartment="reading_room"),),
        (statement(people["reviewer"], keyring, digest, 1, archive="another"),),
    ):
        compartment = (
            Compartment.READING_ROOM if len(forged) == 1 and b"reading" in forged[0].statement else VAULT
        )
        with pytest.raises(ArchiveDamaged):
            compartment_key(replace(keyring, rekeyed=forged), compartment)


def test_who_is_removed_does_not_make_the_new_key(people: People, clock: Clock) -> None:
    order_id = confirmed(people, VAULT, without="reviewer_b")
    keyring = people.archive.keyring()
    order = find_order(keyring, order_id)
    honest = statement(people["reviewer"], keyring, order.sha256, 1)
    assert generation_of(replace(keyring, rekeyed=(honest,)), VAULT).number == 1

    own = statement(people["reviewer_b"], keyring, order.sha256, 1)

    with pytest.raises(ArchiveDamaged):
        compartment_key(replace(keyring, rekeyed=(own,)), VAULT)
    assert carry_out(people["reviewer_b"], clock()) == ()


def lay(people: People, change: Callable[[Keyring], Keyring]) -> None:
    """What somebody with the disk writes."""
    directory = people.archive.directory
    write_keyring(directory, change(read_keyring(directory)))


def test_an_older_keyring_put_back_after_a_re_key_opens_nothing(people: People) -> None:
    old = people.archive.keyring()
    rekeyed(people, LEDGER)
    can_enter(people, "interviewer")

    for version in (old.version, 1000):
        lay(people, lambda _, version=version: replace(old, version=version))  # type: ignore[misc]

        with pytest.raises(ArchiveDamaged):
            can_enter(people, "interviewer")


def test_a_certificate_cut_back_does_not_make_interviewers_seal_to_the_old_key(
    people: People, clock: Clock
) -> None:
    old_vault = compartment_key(people.archive.keyring(), VAULT)
    rekeyed(people, VAULT)
    store = SessionStore(people.archive)
    token = store.open(people["interviewer"], clock())
    del people.sessions["interviewer"]
    draft = type_draft(store.find(token, clock()), clock())
    cut = replace(people.archive.keyring(), rekeyed=(), former={})
    assert compartment_key(cut, VAULT) == old_vault

    # The same version, so that a number alone tells nothing.
    lay(people, lambda keyring: replace(cut, version=keyring.version - 1))

    with pytest.raises(ArchiveDamaged):
        submit_draft(store.find(token, clock()), draft, clock())
    with pytest.raises(ArchiveDamaged):
        can_enter(people, "interviewer")


def test_a_slot_of_an_older_generation_put_back_does_not_open(people: People) -> None:
    name = "reviewer"
    account_id = people[name].account.id
    slot = people.archive.keyring().slots_of(account_id)[VAULT]
    rekeyed(people, VAULT)
    can_enter(people, name)

    lay(people, lambda keyring: replace(keyring, slots=keyring.slots).with_slot(slot))

    with pytest.raises(ArchiveDamaged):
        can_enter(people, name)


def test_a_re_key_scribbled_into_the_keyring_is_dropped(people: People, clock: Clock) -> None:
    account_id = people["reviewer"].account.id
    keyring, digest = with_order(people.archive.keyring(), people["reviewer"], people["reviewer_b"])
    junk = Pending(
        VAULT,
        statement(people["reviewer"], keyring, digest, 1),
        (keyring.slots_of(account_id)[VAULT],),
        (),
        b"",
    )
    lay(people, lambda keyring: replace(keyring, pending=(junk,)))
    assert people.archive.keyring().pending

    can_enter(people, "reviewer")

    assert people.archive.keyring().pending == ()
    assert generation_of(people.archive.keyring(), VAULT).number == 0


def test_an_order_that_one_custodian_gave_opens_no_identity_to_them(people: People) -> None:
    order_id = ordered(people, IDENTITY)
    keyring = people.archive.keyring()
    order, custodian = find_order(keyring, order_id), people["custodian"]
    assert len(shares_lent(people["custodian_b"], keyring, order)) == 1

    with pytest.raises(BadShares):
        combine([own_share(custodian, keyring) or "", *shares_lent(custodian, keyring, order)])
    with pytest.raises(Refused):
        confirm(custodian, order_id, "alone", people.clock())


def test_another_process_with_the_old_key_reads_and_writes_nothing(people: People, clock: Clock) -> None:
    confirmed(people, LEDGER)
    with next_process(people["interviewer"]) as beside:
        with beside.reading() as connection:
            assert log.size(connection)

        carry_out(people["custodian_b"], clock())

        with pytest.raises(ArchiveDamaged), beside.reading() as connection:
            log.size(connection)
        with pytest.raises(ArchiveDamaged), beside.archive.database.writing():
            pass
    signed_in_anew(people)
    can_enter(people, "interviewer")


def test_former_keys_do_not_open_to_who_has_one_of_them(people: People) -> None:
    kept = people["auditor"].archive.secret(AUDIT)
    rekeyed(people, AUDIT)
    keyring, present = people.archive.keyring(), people["auditor"].archive.secret(AUDIT)
    context = f"{keyring.archive_id}/audit/1".encode()
    assert b"sealing" in unlock(present, keyring.former[AUDIT], Label.KEY_HISTORY, context)

    with pytest.raises(CryptoError):
        unlock(kept, keyring.former[AUDIT], Label.KEY_HISTORY, context)

"""A custodian who invites a puppet has not become two people (G5, G7, G10).

What the attacker has: one custodian's account, a puppet's account that only they enrolled, the directory, and a program
of their own that writes into the keyring and the ledger.
"""

import json
from dataclasses import replace

import pytest

from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from testimony.domain.accounts import AccountState
from testimony.domain.rekeying import Cause
from testimony.domain.roles import Role
from testimony.services import rekey_running, rekeying
from testimony.services.account_statements import activation_statement
from testimony.services.certificates import INVITATION, certified_account, certified_custodian, sign_statement
from testimony.services.generations import orders_of
from testimony.services.membership import RECOVERY_CERTIFICATE, lacking_a_second, wrap_for_members
from testimony.services.recovery_statements import SheetPlan, digest, make_recovery
from testimony.services.recovery_statements import order_document as sheets_order
from testimony.services.reissue_statements import order_document, reissue_document
from testimony.services.sessions import Session, timestamp
from testimony.services.two_people import counted_custodian, state_at_sign_in
from testimony.storage import accounts as account_rows
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, Keyring, Reissue, RekeyOrder
from testimony.storage.keyring_file import read_keyring, write_keyring
from tests.attacks.test_grant_attacks import newcomer
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

PLAN = SheetPlan(2, 3)


@pytest.fixture
def puppet(people: People, clock: Clock) -> Session:
    newcomer(people, clock, "custodian-9", Role.CUSTODIAN)
    return people.door.sign_in("custodian-9", PASSWORD, None, clock())


def test_sheets_that_a_custodian_and_a_puppet_made_get_no_key(
    people: People,
    clock: Clock,
    puppet: Session,
) -> None:
    me, directory = people["custodian"], people.archive.directory
    keyring = read_keyring(directory)
    serial = 1 if keyring.recovery is None else len(keyring.recovered) + 2
    order = sign_statement(
        sheets_order(keyring.archive_id, serial, PLAN, clock()),
        me.account.id,
        me.keys.signing,
        Label.RECOVERY_ORDER,
    )
    made = make_recovery(keyring.archive_id, keyring.root, PLAN, serial, order, clock())
    forged = sign_statement(made.document, puppet.account.id, puppet.keys.signing, Label.RECOVERY_CERTIFICATE)
    before = () if keyring.recovery is None else (*keyring.recovered, keyring.recovery)
    write_keyring(directory, replace(keyring, recovery=forged, recovered=before).without_slots_of(RECOVERY))
    with me.archive.database.writing() as connection:
        account_rows.remember(connection, RECOVERY_CERTIFICATE, digest(forged))

    for name in ("reviewer", "auditor", "custodian_b"):
        wrap_for_members(people[name], clock())

    assert read_keyring(directory).slots_of(RECOVERY) == {}


def test_an_order_for_new_keys_that_a_puppet_confirmed_is_not_carried_out(
    people: People,
    clock: Clock,
    puppet: Session,
) -> None:
    me, directory = people["custodian"], people.archive.directory
    wanted = rekeying.OrderRequest(frozenset({Compartment.AUDIT}), Cause.ROTATION, None, "because")
    order_id = rekeying.order(me, wanted, clock())
    keyring = read_keyring(directory)
    (entry,) = keyring.orders
    said = {
        "type": "rekey-confirmation/1",
        "archive": keyring.archive_id,
        "order": rekeying.find_order(keyring, order_id).sha256,
        "at": timestamp(clock()),
    }
    forged = sign_statement(said, puppet.account.id, puppet.keys.signing, Label.REKEY_CONFIRMATION)
    write_keyring(directory, replace(keyring, orders=(RekeyOrder(entry.order, forged, ()),)))
    (seen,) = orders_of(read_keyring(directory)).values()

    assert seen.confirmed_by == puppet.account.id
    assert rekey_running.carry_out(people["auditor"], clock()) == ()
    assert not read_keyring(directory).rekeyed


def test_a_puppet_is_no_custodian_whose_word_counts(
    people: People,
    clock: Clock,
    puppet: Session,
) -> None:
    keyring = read_keyring(people.archive.directory)

    assert certified_custodian(keyring, puppet.account.id)
    assert puppet.account.state is AccountState.INVITED
    with people["custodian"].reading() as connection:
        assert puppet.account.id in lacking_a_second(keyring, connection)
        with pytest.raises(ArchiveDamaged):
            counted_custodian(keyring, connection, puppet.account.id)


def forged_reissue(
    keyring: Keyring, of: Session, by: tuple[tuple[str, SigningKey], tuple[str, SigningKey]], clock: Clock
) -> tuple[Reissue, SigningKey]:
    """New keys for an account as one person makes them with two signing keys that they have."""
    (first, first_key), (second, second_key) = by
    invited, mine = SigningKey(Secret.random()), SigningKey(Secret.random())
    keys = (SealingKey(Secret.random()).public, invited.public)
    account_id, now = of.account.id, clock()
    asked = order_document(keyring.archive_id, account_id, 1, keys, now)
    order = sign_statement(asked, first, first_key, Label.REISSUE_ORDER)
    said = reissue_document(keyring.archive_id, account_id, 1, order, keys, now)
    confirmation = sign_statement(said, second, second_key, Label.REISSUE)
    own = activation_statement(keyring.archive_id, account_id, (keys[0], mine.public), now)
    activation = sign_statement(own, INVITATION, invited, Label.ACTIVATION)
    return Reissue(order, confirmation, (activation, activation), None), mine


def test_custodians_whose_new_keys_rest_on_each_other_are_nobody(people: People, clock: Clock) -> None:
    """With keys of their own making for two others, each made by the other: nothing in the circle was there before."""
    me, b, c = people["custodian"], people["custodian_b"], people["custodian_c"]
    keyring = read_keyring(people.archive.directory)
    mine, guess = (me.account.id, me.keys.signing), SigningKey(Secret.random())
    forged_c, key_c = forged_reissue(keyring, c, (mine, (b.account.id, guess)), clock)
    forged_b, key_b = forged_reissue(keyring, b, (mine, (c.account.id, key_c)), clock)
    confirmation = sign_statement(
        json.loads(forged_c.confirmation.statement), b.account.id, key_b, Label.REISSUE
    )
    forged_c = replace(forged_c, confirmation=confirmation)
    for whose, reissue in ((b, forged_b), (c, forged_c)):
        record = keyring.accounts[whose.account.id]
        keyring = keyring.with_account(replace(record, reissues=(reissue,)))

    for whose in (b, c):
        with pytest.raises(ArchiveDamaged):
            certified_account(keyring, whose.account.id)


def test_new_keys_that_a_custodian_and_a_puppet_gave_count_for_nothing(
    people: People, clock: Clock, puppet: Session
) -> None:
    me, victim = people["custodian"], people["custodian_b"]
    keyring = read_keyring(people.archive.directory)
    by = ((me.account.id, me.keys.signing), (puppet.account.id, puppet.keys.signing))
    forged, _ = forged_reissue(keyring, victim, by, clock)
    record = keyring.accounts[victim.account.id]
    keyring = keyring.with_account(replace(record, reissues=(forged,)))

    certified = certified_account(keyring, victim.account.id)

    assert certified.active
    with me.reading() as connection:
        assert state_at_sign_in(keyring, connection, certified) is AccountState.INVITED
        assert victim.account.id in lacking_a_second(keyring, connection)
        with pytest.raises(ArchiveDamaged):
            counted_custodian(keyring, connection, victim.account.id)

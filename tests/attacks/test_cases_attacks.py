"""Walls between testimonies, reviews, notes and requests of witnesses, each attacked by people with rights of their own
and by who edits the files. Each attack is shown to be there; none opens anything.
"""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from crypto.passwords import unlock_bundle
from crypto.signing import SigningKey
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.archives import Archive
from testimony.services.backup_keys import confirmed_key
from testimony.services.certificates import certified_custodian, read_statement, sign_statement
from testimony.services.invitations import Newcomer
from testimony.services.joint_acts import FORMAT, Kind
from testimony.services.joint_reviews import confirm_review, propose_review, require_joint_review
from testimony.services.reading import read_release
from testimony.services.sessions import parse_keys
from testimony.services.stands_by_keyring import stands_by_keyring
from testimony.services.testimony_walls import (
    confirm_testimony_wall,
    drop_testimony_wall,
    propose_testimony_wall,
)
from testimony.services.throttling import Throttle
from testimony.services.walled_testimonies import stands
from testimony.storage.errors import BackupNotTrusted
from testimony.storage.joint_acts import ACTS, WALL, ActRow, insert_act, wall_name
from testimony.storage.keyring_file import write_keyring
from testimony.storage.log import SUBJECTS
from tests.backup_places import backed_up
from tests.released_testimonies import Shelf, look
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(15))


def set_wall(people: People, clock: Clock, one: str, other: str) -> None:
    words = ("told of one another", "A-0001")
    step = propose_testimony_wall(people["custodian"], (one, other), Kind.WALL_SET, words, clock())
    confirm_testimony_wall(people["custodian_b"], step, "agreed", clock())


def is_open(people: People, code: str, clock: Clock, handle: str = "investigator") -> bool:
    try:
        read_release(people[handle], code, STUDY, clock())
    except Refused:
        return False
    return True


def test_a_reader_who_gets_a_grant_to_the_other_side_later_stays_outside(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    shelf.open_second_case()
    mine = shelf.put()
    other = shelf.put(register={"case_id": "CASE-2", "tag_p": 1})
    shelf.grant(STUDY, days=5)
    assert is_open(people, mine, clock)
    set_wall(people, clock, mine, other)

    # The first grant runs out, and one to the closed part of the other case is given.
    clock.forward(days=6)
    people.sessions.clear()
    shelf.grant(STUDY, case_id="CASE-2", parts=frozenset({ClosedPart.INSIDERS}))

    assert not is_open(people, other, clock)
    assert look(people, clock).total == 0
    # The attack is there: without the wall the very same grant opens it.
    shelf.grant(STUDY, case_id="CASE-2", parts=frozenset({ClosedPart.INSIDERS}), handle="investigator-2")
    assert is_open(people, other, clock, "investigator_b")


def test_words_of_a_list_count_once_the_wall_stands(people: People, clock: Clock, shelf: Shelf) -> None:
    """Snippet by snippet a text can be read without ever opening it."""
    shelf.open_second_case()
    mine = shelf.put()
    other = shelf.put(register={"case_id": "CASE-2", "tag_p": 1})
    set_wall(people, clock, mine, other)
    shelf.grant(STUDY, days=5)
    assert look(people, clock).total == 1

    clock.forward(days=6)
    people.sessions.clear()
    shelf.grant(STUDY, case_id="CASE-2", parts=frozenset({ClosedPart.INSIDERS}))

    assert not is_open(people, other, clock)


def test_a_wall_whose_row_is_rubbed_out_or_whose_lifting_is_made_up_stands(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    mine, other = shelf.put(), shelf.put()
    shelf.grant(STUDY)
    assert is_open(people, mine, clock)
    set_wall(people, clock, mine, other)
    pair = (min(mine, other), max(mine, other))
    custodian = people["custodian"]

    # One custodian signs that it be lifted, twice, and writes the row as if two had.
    keyring = custodian.archive.keyring()
    document = {
        "format": FORMAT,
        "archive": keyring.archive_id,
        "id": "00",
        "kind": "wall-lift",
        "codes": list(pair),
        "about": "",
        "words_sha256": "",
        "at": clock().isoformat(),
    }
    signed = sign_statement(document, custodian.account.id, custodian.keys.signing, Label.JOINT_ACT)
    with custodian.work(clock()) as work:
        insert_act(work.connection, ActRow("00", "wall-lift", pair, "", signed))
        second = {"second_signer": people["custodian_b"].account.id, "second_signature": signed.signature}
        work.connection.execute(ACTS.update().where(ACTS.c.act_id == "00").values(second))
        fields = ("testimony-wall-lifted", "step:00")
        work.log(Action.GRANT_CHANGED, subject=(WALL, wall_name(pair)), fields=fields)
    with custodian.reading() as connection:
        assert stands(keyring, connection, pair)
    assert not is_open(people, other, clock)

    # Every row gone: the log says that it was set.
    with custodian.work(clock()) as work:
        work.connection.execute(ACTS.delete())
    assert not is_open(people, other, clock)
    # What the log says of it can be rubbed out by who holds the ledger's key; verification then finds it.
    with custodian.reading() as connection:
        about = connection.execute(sa.select(sa.func.count()).where(SUBJECTS.c.kind == WALL)).scalar_one()
    assert about == 3


def test_one_custodian_sets_lifts_and_reviews_nothing_alone(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    mine, other = shelf.put(), shelf.put()
    custodian, investigator = people["custodian"], people["investigator"]
    shelf.grant(STUDY)
    words = ("insiders", "")
    step = propose_testimony_wall(custodian, (mine, other), Kind.WALL_SET, words, clock())

    with pytest.raises(Refused) as refusal:
        confirm_testimony_wall(custodian, step, "and again", clock())
    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)
    for act in (confirm_testimony_wall, drop_testimony_wall):
        with pytest.raises(Refused):
            act(investigator, step, "mine", clock())
    assert is_open(people, other, clock)  # Proposed is not set.
    drop_testimony_wall(custodian, step, "no", clock())


def test_a_review_is_for_one_release_of_one_side_and_by_nobody_near(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    mine, other = shelf.put(), shelf.put()  # The row names reviewer-1 as who took both.
    third = shelf.put()
    set_wall(people, clock, mine, other)
    custodian, reviewer = people["custodian"], people["reviewer_b"]

    with pytest.raises(Refused) as refusal:
        propose_review(people["reviewer"], mine, other, Audience.PARTNER, "I took it myself", clock())
    assert refusal.value.reasons == (DenyReason.FIREWALL,)
    step = propose_review(custodian, mine, other, Audience.PARTNER, "some", clock())
    with pytest.raises(Refused):
        confirm_review(people["reviewer"], step, clock())
    confirm_review(reviewer, step, clock())

    with reviewer.work(clock()) as work:
        require_joint_review(reviewer, work, mine, Audience.PARTNER)
        for code, audience in ((other, Audience.PARTNER), (mine, Audience.PUBLIC)):
            with pytest.raises(Refused):
                require_joint_review(reviewer, work, code, audience)
    # Made to speak of another audience on disk, it counts for neither.
    with custodian.work(clock()) as work:
        work.connection.execute(ACTS.update().where(ACTS.c.act_id == step).values(about="public"))
    with reviewer.work(clock()) as work:
        for audience in (Audience.PARTNER, Audience.PUBLIC):
            with pytest.raises(Refused):
                require_joint_review(reviewer, work, mine, audience)
    # A wall that is set later asks for a review of its own.
    with custodian.work(clock()) as work:
        work.connection.execute(ACTS.update().where(ACTS.c.act_id == step).values(about="partner"))
    set_wall(people, clock, mine, third)
    with reviewer.work(clock()) as work, pytest.raises(Refused):
        require_joint_review(reviewer, work, mine, Audience.PARTNER)


def test_a_custodian_whom_one_alone_made_confirms_no_backup_key(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    place, path = tmp_path / "dest", archive.directory.path
    key = backed_up(path, place, clock()).note.key
    # One custodian invites a second self, who is certified and by no other custodian's word.
    newcomer = Newcomer("custodian-9", "Custodian 9", frozenset({Role.CUSTODIAN}))
    invitation = enrol(people["custodian"], newcomer, clock())
    activate(archive, Throttle(), "custodian-9", invitation.code, PASSWORD, clock())
    keyring, nine = archive.keyring(), invitation.record.account_id
    assert not stands_by_keyring(keyring, nine)

    # Their word for the key, put in its place by hand: it is a certified custodian's signature, and counts for nothing.
    document = {
        "type": "backup-key/1",
        "archive": keyring.archive_id,
        "fingerprint": key,
        "at": clock().isoformat(),
    }
    payload = unlock_bundle(PASSWORD, keyring.accounts[nine].bundle, nine)
    signing = SigningKey(parse_keys(payload).signing)
    forged = sign_statement(document, nine, signing, Label.BACKUP_KEY)
    assert read_statement(forged, certified_custodian(keyring, nine), Label.BACKUP_KEY)["fingerprint"] == key
    with pytest.raises(BackupNotTrusted):
        confirmed_key(keyring, forged)
    # A custodian of the founding confirms the very same key.
    mine = people["custodian_b"]
    good = sign_statement(document, mine.account.id, mine.keys.signing, Label.BACKUP_KEY)
    assert confirmed_key(keyring, good) == key


def test_a_keyring_put_back_does_not_bring_a_suspended_account_its_slots(
    archive: Archive, people: People, clock: Clock
) -> None:
    before = archive.keyring()
    gone = people["reviewer_b"].account.id
    suspend(people["custodian"], HANDLES["reviewer_b"], clock())
    # The attack: the keyring of a backup, with every slot, in the place of the one that says so.
    write_keyring(archive.directory, replace(before, version=archive.keyring().version))
    assert archive.keyring().slots_of(gone)

    suspend(people["custodian"], HANDLES["reviewer_b"], clock())

    assert not archive.keyring().slots_of(gone)
    with pytest.raises(Conflict):
        suspend(people["custodian"], HANDLES["reviewer_b"], clock())

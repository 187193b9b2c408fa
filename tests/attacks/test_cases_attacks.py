"""Walls between testimonies, reviews, notes and requests of witnesses, each attacked by people with rights of their own
and by who edits the files. Each attack is shown to be there; none opens anything.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from crypto.passwords import Argon2Cost, unlock_bundle
from crypto.signing import SigningKey
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.redaction import MarkDecision
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.archives import Archive
from testimony.services.backup_keys import confirmed_key
from testimony.services.certificates import certified_custodian, read_statement, sign_statement
from testimony.services.custody_gaps import NewGap, gaps_with_names, note_gap
from testimony.services.invitations import Newcomer
from testimony.services.joint_acts import FORMAT, Kind
from testimony.services.joint_reviews import confirm_review, propose_review, require_joint_review
from testimony.services.next_of_kin import note_kin
from testimony.services.reading import read_release
from testimony.services.receiving import receive_inbox
from testimony.services.redacting import Cover, decide, mark_words
from testimony.services.releasing import release
from testimony.services.review import open_desk
from testimony.services.second_renderings import begin_rendering, renderings_beside, seal_rendering
from testimony.services.sessions import parse_keys
from testimony.services.signin import SignIn
from testimony.services.stands_by_keyring import stands_by_keyring
from testimony.services.submitting import submit
from testimony.services.testimony_walls import (
    confirm_testimony_wall,
    drop_testimony_wall,
    propose_testimony_wall,
    walls_of_testimony,
)
from testimony.services.throttling import Throttle
from testimony.services.verification import verify_log
from testimony.services.walled_testimonies import stands
from testimony.services.witness_requests import end_silence, keep_silent, requests_of
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import BackupNotTrusted
from testimony.storage.forgetting import remains
from testimony.storage.joint_acts import ACTS, WALL, WORDS, ActRow, insert_act, wall_name
from testimony.storage.keyring_file import write_keyring
from testimony.storage.log import SUBJECTS
from testimony.storage.objects import local_objects
from testimony.storage.second_renderings import RENDERINGS
from tests.backup_places import backed_up
from tests.disposal_room import erase, kept
from tests.originals_room import OriginalsRoom, codes
from tests.released_testimonies import Shelf, look
from tests.review_room import accept_all, approved, granted, submission, taken, turn, with_file
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


SECRET = "my cousin Zeinaba was taken into the barracks"


def kept_silent(people: People, clock: Clock) -> tuple[str, str]:
    """An account in which the witness asked to tell nobody of somebody else; its code, and the mark."""
    redactor = people["reviewer"]
    code = taken(people["interviewer"], redactor, clock(), f"They came at dawn with lorries. {SECRET}.")
    accept_all(redactor, code, clock())
    cover = Cover("X.8", Audience.COURT)
    (mark,) = mark_words(redactor, turn(redactor, code), SECRET, 0, cover, clock()).mark_ids
    keep_silent(redactor, turn(redactor, code), mark, clock())
    return code, mark


def test_what_a_witness_asked_to_tell_nobody_is_found_in_no_original(people: People, clock: Clock) -> None:
    room = OriginalsRoom(people, clock)
    plain = room.put("Zeinaba kept the wells.")
    code, _ = kept_silent(people, clock)
    room.grant()
    room.enter()

    assert codes(room.look("Zeinaba")) == [plain]
    with pytest.raises(Refused) as refusal:
        room.read(code)
    assert refusal.value.reasons == (DenyReason.CONDITION_NOT_MET,)
    # The attack is there: taken back by another reviewer, the same words are found.
    with people["reviewer_b"].reading() as connection:
        (request,) = requests_of(people["reviewer_b"], connection, code)
    with pytest.raises(Refused):
        end_silence(people["reviewer"], code, request.note_id, "I noted it myself", clock())
    end_silence(people["reviewer_b"], code, request.note_id, "she no longer asks for it", clock())
    assert set(codes(room.look("Zeinaba"))) == {plain, code}


def test_a_mark_that_the_witness_asked_for_cannot_be_undone_before_a_release(
    people: People, clock: Clock
) -> None:
    redactor, approver = people["reviewer"], people["reviewer_b"]
    code, mark = kept_silent(people, clock)
    decide(redactor, turn(redactor, code), mark, MarkDecision.REJECTED, clock())
    approved(redactor, approver, code, clock())

    with pytest.raises(Refused) as refusal:
        release(approver, code, Audience.PARTNER, clock())

    assert refusal.value.reasons == (DenyReason.CONDITION_NOT_MET,)


def test_who_reads_the_first_rendering_in_between_seals_no_second(people: People, clock: Clock) -> None:
    interviewer, anew = people["interviewer"], people["reviewer_b"]
    said = granted(Purpose.CP01, Purpose.CP02, STUDY)
    made = submission(interviewer, "They burned the wells.", protect=(), decisions=said)
    code = submit(
        interviewer, with_file(interviewer, made, b"voice", "voice.ogg", "XK12"), None, clock()
    ).code
    receive_inbox(people["reviewer"], clock())
    begin_rendering(anew, code, clock())

    open_desk(anew, code, clock())  # the attack: a look at the first, then the second is written

    with pytest.raises(Refused) as refusal:
        seal_rendering(anew, code, "They burned the wells.", "eng", clock())
    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)


def test_a_second_rendering_changed_on_disk_is_not_shown(people: People, clock: Clock) -> None:
    interviewer, anew = people["interviewer"], people["reviewer_b"]
    said = granted(Purpose.CP01, Purpose.CP02, STUDY)
    made = submission(interviewer, "They burned the wells.", protect=(), decisions=said)
    code = submit(
        interviewer, with_file(interviewer, made, b"voice", "voice.ogg", "XK12"), None, clock()
    ).code
    receive_inbox(people["reviewer"], clock())
    seal_rendering(anew, code, "They burned two wells.", "eng", clock())
    with anew.work(clock()) as work:
        work.connection.execute(RENDERINGS.update().values(text="They dug two wells."))

    with pytest.raises(IntegrityFailed):
        renderings_beside(people["reviewer"], code, clock())


def test_names_of_a_gap_moved_to_another_note_or_another_person_open_to_nobody(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    one, other = shelf.put(), shelf.put()
    custodian, reviewer = people["custodian"], people["reviewer_b"]
    for code, who in ((one, "a driver"), (other, "a brother-in-law")):
        note_gap(custodian, code, NewGap(None, "2026-01", "2026-02", who), clock())
    with custodian.work(clock()) as work:
        rows = work.connection.execute(WORDS.select().where(WORDS.c.account_id == custodian.account.id)).all()
        first, second = (row for row in rows)
        # The words of one note stand as those of the other, and a reviewer gets a custodian's.
        work.connection.execute(
            WORDS.update()
            .where(WORDS.c.about == first.about, WORDS.c.account_id == custodian.account.id)
            .values(sealed=second.sealed)
        )
        stolen = {**second._mapping, "account_id": reviewer.account.id}
        work.connection.execute(WORDS.insert(), stolen)

    named = [gaps_with_names(custodian, code, clock())[0].holders for code in (one, other)]
    assert sorted(str(each) for each in named if each) in (["a driver"], ["a brother-in-law"])
    assert all(gaps_with_names(reviewer, code, clock())[0].holders is None for code in (one, other))


def test_with_an_erased_testimony_go_its_walls_words_and_notes(people: People, clock: Clock) -> None:
    one, other = kept(people, clock()), kept(people, clock())
    set_wall(people, clock, one, other)
    note_gap(people["custodian"], one, NewGap(None, "2026-01", "2026-02", "a driver"), clock())
    note_kin(people["custodian"], one, "a daughter", "to hear of it", clock())

    erase(people, one, clock())

    with people["reviewer"].reading() as connection:
        assert remains(connection, one) == ()
        assert connection.execute(sa.select(sa.func.count()).select_from(WORDS)).scalar_one() == 0
        told = connection.execute(sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.kind == WALL)).all()
    assert told == []
    assert walls_of_testimony(people["custodian"], other, clock()) == ()
    assert verify_log(people["auditor"], clock()).fault is None


def test_an_older_backup_put_back_does_not_take_a_wall_down(
    archive: Archive, people: People, clock: Clock, shelf: Shelf, tmp_path: Path
) -> None:
    mine, other = shelf.put(), shelf.put()
    shelf.grant(STUDY)
    assert is_open(people, mine, clock)
    before = tmp_path / "before"
    shutil.copytree(archive.directory.path, before)
    set_wall(people, clock, mine, other)
    for session in people.sessions.values():
        archive.release(session.archive.secrets)
    people.sessions.clear()

    # The ledger of before, with the list of closings of now, as a restore leaves them.
    shutil.copy(archive.directory.closings, before / archive.directory.closings.name)
    again = Archive(ArchiveDirectory(before), local_objects(before / "objects"), Argon2Cost.TESTING_ONLY)
    there = People(again, clock, SignIn(again, Throttle()))
    assert is_open(there, mine, clock)
    assert not is_open(there, other, clock)
    # Nothing outside says in clear between which two it stands.
    assert mine.encode() not in archive.directory.closings.read_bytes()

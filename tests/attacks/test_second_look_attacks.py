"""A second look at walls, joint acts, links, renderings and blind questions: each attack, and that it fails."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from crypto.passwords import Argon2Cost
from testimony.domain.audit import Action
from testimony.domain.earlier_accounts import MOST_NAMES, Because, Told
from testimony.domain.errors import NotYet
from testimony.services import walls as case_walls
from testimony.services.account_links import propose_same_witness
from testimony.services.archives import Archive
from testimony.services.case_words import keep_words
from testimony.services.closings import KNOWN
from testimony.services.earlier_answers import answer_waiting
from testimony.services.earlier_questions import _sealed
from testimony.services.intake import start_draft
from testimony.services.joint_acts import Kind
from testimony.services.name_tags import KnownOfWitness, tags_of
from testimony.services.referrals import Need, confirm_referral, propose_referral, referrals_of
from testimony.services.second_renderings import stretches_of
from testimony.services.sessions import timestamp
from testimony.services.signin import SignIn
from testimony.services.testimony_walls import confirm_testimony_wall, propose_testimony_wall
from testimony.services.throttling import Throttle
from testimony.services.walled_testimonies import stands
from testimony.services.witness_requests import requests_of
from testimony.storage.accounts import ARCHIVE
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.earlier_accounts import QuestionRow, insert_question
from testimony.storage.joint_acts import WALL, WORDS, wall_name
from testimony.storage.log import DETAILS, SUBJECTS
from testimony.storage.objects import local_objects
from tests.attacks.test_cases_attacks import kept_silent, set_wall
from tests.attacks.test_earlier_attacks import answers, key_of
from tests.disposal_room import erase, kept
from tests.earlier import NAME, named
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    return Shelf(people, clock, Random(21))


def test_what_lifted_an_earlier_wall_lifts_no_later_one(people: People, clock: Clock, shelf: Shelf) -> None:
    """One custodian with a program of their own writes the old lifting, which two signed, into the log again."""
    low, high = sorted((shelf.put(), shelf.put()))
    custodian = people["custodian"]
    set_wall(people, clock, low, high)
    lift = propose_testimony_wall(custodian, (low, high), Kind.WALL_LIFT, ("no more", ""), clock())
    confirm_testimony_wall(people["custodian_b"], lift, "agreed", clock())
    keyring = custodian.archive.keyring()
    with custodian.reading() as connection:
        assert not stands(keyring, connection, (low, high))  # Of its own time, it counts.
    set_wall(people, clock, low, high)

    with custodian.work(clock()) as work:
        fields = ("testimony-wall-lifted", f"step:{lift}")
        work.log(Action.GRANT_CHANGED, subject=(WALL, wall_name((low, high))), fields=fields)

    with custodian.reading() as connection:
        assert stands(keyring, connection, (low, high))


def test_what_lifted_an_earlier_wall_between_cases_lifts_no_later_one(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    shelf.open_second_case()
    custodian, other = people["custodian"], people["custodian_b"]
    pair = ("CASE-1", "CASE-2")
    steps = []
    for does in ("set", "lift", "set"):
        steps.append(case_walls.propose_wall(custodian, pair, does, "apart", clock()))
        case_walls.confirm_wall(other, steps[-1], "agreed", clock())
    with custodian.work(clock()) as work:
        fields = ("wall-lifted", f"step:{steps[1]}")
        work.log(Action.GRANT_CHANGED, subject=("wall", " | ".join(pair)), case=pair[0], fields=fields)
    with custodian.reading() as connection:
        assert case_walls.stands(custodian.archive.keyring(), connection, pair)


def test_a_second_custodian_signs_no_words_but_those_that_were_signed(people: People, clock: Clock) -> None:
    """The first one signs a referral and seals a harmless one to the second: theirs alone would be what was agreed."""
    code = kept(people, clock())
    custodian, second = people["custodian"], people["custodian_b"]
    step = propose_referral(custodian, code, Need("danger", "a militia", "her name"), clock())
    harmless = {"danger": "danger", "to_whom": "a clinic", "told": "nothing"}
    with custodian.work(clock()) as work:
        work.connection.execute(WORDS.delete().where(WORDS.c.about == step))
        keep_words(custodian, work, step, (code,), harmless)

    (shown,) = referrals_of(second, code, clock())
    assert shown.need is None
    with pytest.raises(NotYet):
        confirm_referral(second, step, clock())


def test_one_word_over_and_over_keeps_nobody_waiting() -> None:
    """Held against each other plainly, these took six minutes, in a transaction that kept everybody out."""
    began = time.perf_counter()
    stretches = stretches_of("a " * 1_500, "a b " * 800)
    assert stretches_of("a " * 900_000, "b " * 900_000)
    assert time.perf_counter() - began < 5
    assert "".join(one.second for one in stretches) == "a b " * 800


def test_with_an_erased_testimony_goes_what_the_log_says_of_its_links(people: People, clock: Clock) -> None:
    one, other = kept(people, clock()), kept(people, clock())
    link = propose_same_witness(people["custodian"], (one, other), "the same voice", clock())
    about = sa.select(SUBJECTS.c.seq).where(SUBJECTS.c.kind == "link", SUBJECTS.c.subject == link)
    words = sa.select(sa.func.count()).select_from(DETAILS)
    with people["reviewer"].reading() as connection:
        seqs = connection.execute(about).scalars().all()
        assert connection.execute(words.where(DETAILS.c.seq.in_(seqs))).scalar_one() == 1

    erase(people, one, clock())

    with people["reviewer"].reading() as connection:
        assert connection.execute(words.where(DETAILS.c.seq.in_(seqs))).scalar_one() == 0


def test_a_question_about_a_list_of_names_is_no_question(people: People, clock: Clock) -> None:
    """Halved from one question to the next, a village is gone through in a day."""
    named(people["interviewer"], clock)
    session = people["interviewer_b"]
    key = key_of(session, clock)
    one = tags_of(KnownOfWitness((NAME,)), key.secret, key.key_id)
    assert one == one.of_one_name()
    listed = replace(one, names=one.names | {bytes((n,)) * 8 for n in range(MOST_NAMES)})
    draft_id, question_id = start_draft(session, clock()), "00000000"
    sealed = _sealed(session, question_id, draft_id, listed, key, clock())
    with session.work(clock()) as work:
        row = QuestionRow(question_id, draft_id, session.account.id, timestamp(clock()), sealed)
        insert_question(work.connection, row)

    answer_waiting(people["reviewer"], clock())

    # NAME is among them and is here: the attack would hear yes.
    assert answers(people)[question_id] == (Told.CANNOT_TELL, Because.NOT_SIGNED)


def test_an_older_backup_put_back_does_not_end_what_a_witness_asked_for(
    archive: Archive, people: People, clock: Clock, tmp_path: Path
) -> None:
    people["interviewer"], people["reviewer"]
    before = tmp_path / "before"
    code, mark = kept_silent(people, clock)
    shutil.copytree(archive.directory.path, before)
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(sa.text("SELECT 1"))
    again = Archive(ArchiveDirectory(before), local_objects(before / "objects"), Argon2Cost.TESTING_ONLY)
    there = People(again, clock, SignIn(again, Throttle()))
    # As a ledger of before knows it: no request, and no line of the list.
    with there["reviewer"].work(clock()) as work:
        work.connection.execute(sa.text("DELETE FROM case_notes"))
        work.connection.execute(ARCHIVE.delete().where(ARCHIVE.c.key == KNOWN))
    there.sessions.clear()

    session = there["reviewer_b"]
    with session.reading() as connection:
        found = requests_of(session, connection, code)
    assert [(one.mark_id, one.is_mine) for one in found] == [(mark, False)]

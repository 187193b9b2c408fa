"""Drafts: saved as left, opened by their owner alone, never overwritten by another page."""

import pytest

from crypto.errors import Tampered
from testimony.domain.audit import Action
from testimony.domain.earlier_accounts import Because
from testimony.domain.errors import NotFound, NotYet, Refused, TooLarge
from testimony.services.archives import Archive
from testimony.services.drafts import MAX_ANSWERS_BYTES, Step
from testimony.services.earlier_questions import say_not_asked
from testimony.services.intake import (
    StepChanged,
    discard_draft,
    list_drafts,
    open_draft,
    save_step,
    start_draft,
)
from testimony.storage import drafts, log
from tests.services.conftest import Clock, People
from tests.services.intake_answers import WHOLE, change, type_draft


def test_what_is_typed_in_a_step_is_there_when_the_draft_is_resumed(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())

    save_step(interviewer, draft_id, Step.BEFORE, {"month": "2026-0", "present": ["PR01"]}, 0, clock())

    answers = open_draft(interviewer, draft_id, clock()).answers(Step.BEFORE)
    assert (answers.version, answers.text("month"), answers.texts("present")) == (1, "2026-0", ("PR01",))


def test_a_page_that_is_behind_does_not_overwrite_and_learns_what_is_stored(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    save_step(
        interviewer, draft_id, Step.PROTECT, {"protect": [{"text": "one", "kind": "PHONE"}]}, 1, clock()
    )
    with pytest.raises(StepChanged) as changed:
        save_step(
            interviewer, draft_id, Step.PROTECT, {"protect": [{"text": "two", "kind": "PHONE"}]}, 1, clock()
        )

    assert changed.value.stored.rows("protect") == ({"text": "one", "kind": "PHONE"},)
    assert changed.value.stored.version == 2


def test_two_pages_may_save_two_steps_of_one_draft(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    change(interviewer, draft_id, Step.CLOSING, clock(), breaks="2")
    save_step(interviewer, draft_id, Step.PROTECT, {"protect": []}, 1, clock())

    draft = open_draft(interviewer, draft_id, clock())
    assert draft.answers(Step.CLOSING).line("breaks") == "2"
    assert draft.answers(Step.PROTECT).rows("protect") == ()


def test_another_interviewer_finds_no_such_draft(people: People, clock: Clock) -> None:
    draft_id = type_draft(people["interviewer"], clock())

    with pytest.raises(NotFound):
        open_draft(people["interviewer_b"], draft_id, clock())
    with pytest.raises(NotFound):
        discard_draft(people["interviewer_b"], draft_id, clock())
    assert list_drafts(people["interviewer_b"]) == ()


@pytest.mark.parametrize("name", ["reviewer", "investigator", "auditor", "custodian"])
def test_no_other_role_keeps_drafts(people: People, clock: Clock, name: str) -> None:
    with pytest.raises(Refused):
        start_draft(people[name], clock())


def test_a_draft_says_nothing_to_other_members_of_the_ledger(people: People, clock: Clock) -> None:
    draft_id = type_draft(people["interviewer"], clock())

    with people["reviewer"].reading() as connection:
        row = connection.execute(drafts.DRAFTS.select().where(drafts.DRAFTS.c.draft_id == draft_id)).one()

    assert set(row._mapping) == {"draft_id", "owner_id", "revision", "sealed", "created_at", "updated_at"}
    assert b"dawn" not in row.sealed and b"CASE-1" not in row.sealed and b"eng" not in row.sealed


def test_a_draft_moved_to_another_row_does_not_open(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    one, two = type_draft(interviewer, clock()), start_draft(interviewer, clock())

    with interviewer.work(clock()) as work:
        row = drafts.find_draft(work.connection, one, interviewer.account.id)
        other = drafts.find_draft(work.connection, two, interviewer.account.id)
        assert row is not None and other is not None
        drafts.replace_draft(work.connection, other, row.sealed, row.updated_at)

    with pytest.raises(Tampered):
        open_draft(interviewer, two, clock())


def test_an_account_beyond_two_megabytes_is_refused_and_the_saved_one_stays(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    with pytest.raises(TooLarge):
        change(interviewer, draft_id, Step.ACCOUNT, clock(), text="x" * MAX_ANSWERS_BYTES)

    assert (
        open_draft(interviewer, draft_id, clock()).answers(Step.ACCOUNT).text("text").startswith("They came")
    )


def test_the_account_is_not_begun_before_the_witness_allowed_notes(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())
    save_step(interviewer, draft_id, Step.BEFORE, WHOLE[Step.BEFORE], 0, clock())
    say_not_asked(interviewer, draft_id, Because.NO_NAME, clock())

    with pytest.raises(NotYet):
        save_step(interviewer, draft_id, Step.ACCOUNT, WHOLE[Step.ACCOUNT], 0, clock())


def test_the_account_is_not_begun_before_earlier_accounts_were_asked_about(
    people: People, clock: Clock
) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())
    save_step(interviewer, draft_id, Step.CONSENT, WHOLE[Step.CONSENT], 0, clock())
    say_not_asked(interviewer, draft_id, Because.NO_NAME, clock())

    with pytest.raises(NotYet):
        save_step(interviewer, draft_id, Step.ACCOUNT, WHOLE[Step.ACCOUNT], 0, clock())


def test_a_discarded_draft_leaves_neither_row_nor_object(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())

    discard_draft(interviewer, draft_id, clock())

    assert list_drafts(interviewer) == ()
    with pytest.raises(NotFound):
        open_draft(interviewer, draft_id, clock())


def test_the_first_opening_of_a_draft_in_a_session_is_in_the_log(
    people: People, clock: Clock, archive: Archive
) -> None:
    interviewer = people["interviewer"]
    draft_id = type_draft(interviewer, clock())
    interviewer.desk.clear()

    open_draft(interviewer, draft_id, clock())
    open_draft(interviewer, draft_id, clock())

    with interviewer.reading() as connection:
        subjects = connection.execute(
            log.SUBJECTS.select().where(log.SUBJECTS.c.kind == "draft", log.SUBJECTS.c.subject == draft_id)
        ).all()
    what = f"{Action.WRITTEN} when begun and when the archive was not asked, {Action.ITEM_SHOWN} once"
    assert len(subjects) == 3, what


def test_the_list_says_which_step_comes_next(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    draft_id = start_draft(interviewer, clock())
    save_step(interviewer, draft_id, Step.BEFORE, WHOLE[Step.BEFORE], 0, clock())

    (line,) = list_drafts(interviewer)

    assert (line.draft_id, line.case_id, line.next_step) == (draft_id, "CASE-1", Step.EXPLANATION)

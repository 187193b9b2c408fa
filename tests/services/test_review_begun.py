"""What a reviewer has begun lies sealed until an act keeps it, and is nobody else's."""

import pytest
import sqlalchemy as sa

from testimony.domain.errors import NotYet, TooLarge
from testimony.domain.purposes import Audience
from testimony.services.begun import keep_begun
from testimony.services.redacting import Cover, change_mark, mark_words, write_note
from testimony.services.review import open_desk
from testimony.services.taking import take_over
from testimony.storage import redaction_drafts
from tests.review_room import marks, taken, turn
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

BEGUN = {"note": "the lorries came", "act": "mark", "words": "Yusuf Oldenbeck", "category": "X.2"}
COVER = Cover("X.2", Audience.PARTNER)


def test_what_was_begun_is_there_again_and_only_sealed_on_disk(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    keep_begun(people["reviewer"], code, {**BEGUN, "csrf_token": "x", "unknown": "y"}, clock())

    with people["reviewer"].reading() as connection:
        rows = connection.execute(sa.select(redaction_drafts.DRAFTS)).all()
    assert dict(open_desk(people["reviewer"], code, clock()).begun) == BEGUN
    assert len(rows) == 1 and b"lorries" not in rows[0].sealed and b"Yusuf" not in rows[0].sealed


def test_an_act_lets_go_of_the_choice_it_made_and_the_note_of_itself(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock())
    keep_begun(reviewer, code, BEGUN, clock())

    mark_words(reviewer, turn(reviewer, code), "Yusuf Oldenbeck", 0, COVER, clock())
    assert dict(open_desk(reviewer, code, clock()).begun) == {"note": "the lorries came"}
    keep_begun(reviewer, code, BEGUN, clock())
    change_mark(reviewer, turn(reviewer, code), marks(reviewer, code)[0].mark_id, COVER, clock())
    write_note(reviewer, turn(reviewer, code), "the lorries came twice", clock())

    assert dict(open_desk(reviewer, code, clock()).begun) == {}


def test_an_empty_one_is_none(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    keep_begun(people["reviewer"], code, BEGUN, clock())

    keep_begun(people["reviewer"], code, {"note": ""}, clock())

    with people["reviewer"].reading() as connection:
        assert connection.execute(sa.select(redaction_drafts.DRAFTS)).all() == []


def test_what_another_reviewer_began_is_not_theirs_who_takes_over(people: People, clock: Clock) -> None:
    """The vault's key opens the row for every reviewer; the document opens for its owner alone."""
    first, second = people["reviewer"], people["reviewer_b"]
    code = taken(people["interviewer"], first, clock())
    keep_begun(first, code, BEGUN, clock())
    take_over(second, turn(first, code), clock())
    with second.archive.database.writing() as connection:
        connection.execute(redaction_drafts.DRAFTS.update().values(owner_id=second.account.id))

    assert dict(open_desk(second, code, clock()).begun) == {}


def test_only_who_redacts_keeps_something_and_not_without_end(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(NotYet):
        keep_begun(people["reviewer_b"], code, BEGUN, clock())
    with pytest.raises(TooLarge):
        keep_begun(people["reviewer"], code, {"note": "a" * 40_000}, clock())

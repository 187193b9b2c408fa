"""Ways to mark without a right, across a wall, and to keep from a court what helps the accused, by one person."""

import pytest

from testimony.domain.bearing import Bearing, NewBearing
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience
from testimony.services.approving import approve, compare, propose, propose_despite, read_alone
from testimony.services.bearings import mark_bearing, open_bearings, take_back_bearing
from testimony.services.releasing import release
from tests.review_room import taken, turn
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.test_bearings import REASON, TEXT, mark, withhold

__all__ = ["archive", "clock", "founded_template", "people"]


def test_who_has_no_right_to_the_original_neither_marks_nor_sees_marks(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), TEXT)
    bearing_id = mark(people["reviewer"], code, clock)

    for handle in ("investigator", "interviewer", "custodian", "auditor"):
        with pytest.raises((Refused, NotFound)):
            mark_bearing(people[handle], code, 1, NewBearing(Bearing.AGAINST, Span(0, 5)), clock())
        with pytest.raises((Refused, NotFound)):
            open_bearings(people[handle], code, clock())
        with pytest.raises((Refused, NotFound)):
            take_back_bearing(people[handle], code, bearing_id, clock())
    assert len(open_bearings(people["reviewer"], code, clock()).marked) == 1


def test_one_person_cannot_keep_from_a_court_what_helps_the_accused(people: People, clock: Clock) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    code = taken(people["interviewer"], me, clock(), TEXT)
    withhold(people, code, clock)
    bearing_id = mark(me, code, clock)
    assert open_bearings(me, code, clock()).withheld == 1

    # Not by unmarking it: neither who made the mark nor who redacts may.
    with pytest.raises(Refused):
        take_back_bearing(me, code, bearing_id, clock())
    # Not unsaid, and not by saying nothing for a reason.
    with pytest.raises(Invalid):
        propose(me, turn(me, code), Audience.COURT, clock())
    with pytest.raises(Invalid):
        propose_despite(me, turn(me, code), Audience.COURT, " ", clock())
    # Not with a reason that nobody else confirmed.
    set_id = propose_despite(me, turn(me, code), Audience.COURT, REASON, clock())
    compare(me, set_id, clock())
    look = read_alone(me, set_id, clock())
    with pytest.raises(Refused):
        approve(me, set_id, look.needed, clock())
    with pytest.raises(Exception):  # noqa: B017  whichever refusal comes first
        release(me, code, Audience.COURT, clock())

    # A second person may take the mark back, once, in their own name.
    take_back_bearing(second, code, bearing_id, clock())
    with pytest.raises(Conflict):
        take_back_bearing(second, code, bearing_id, clock())


def test_who_redacts_does_not_take_back_the_mark_of_a_colleague(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), TEXT)
    withhold(people, code, clock)
    bearing_id = mark(people["reviewer_b"], code, clock)

    for handle in ("reviewer", "reviewer_b"):
        with pytest.raises(Refused):
            take_back_bearing(people[handle], code, bearing_id, clock())
    assert open_bearings(people["reviewer"], code, clock()).withheld == 1

"""What speaks for and against the accused, marked as a browser without script does it."""

import re
from collections.abc import Callable

from testimony.domain.purposes import Audience
from testimony.services.redacting import Cover, mark_words
from tests.review_room import taken, turn
from tests.services.conftest import Clock, People
from tests.services.test_bearings import HELPS, TEXT
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

_TAKE_BACK = re.compile(r'action="(/review/[^"]+/take-back)"')


def test_a_passage_is_marked_asked_for_and_taken_back_by_somebody_else(
    people: People, clock: Clock, visit: Visit
) -> None:
    me, session = visit("reviewer"), people["reviewer"]
    code = taken(people["interviewer"], session, clock(), TEXT)
    address = f"/review/{code}/bearing"
    me.get(f"/review/{code}/")

    assert "Nothing is marked" in me.get(address).text
    assert me.post(address, version="1", begins=HELPS).status_code == 422
    nowhere = me.post(address, version="1", bearing="in_favour", begins="no such words")
    assert nowhere.status_code == 422 and "The account does not say this" in nowhere.text
    assert me.post(address, version="1", bearing="in_favour", begins=HELPS, note="three").status_code == 303
    page = me.get(address).text
    assert "Helps the accused" in page and HELPS in page and "three" in page
    assert _TAKE_BACK.search(page) is None

    # Withheld from a court it is proposed nowhere but where a reason is asked.
    mark_words(session, turn(session, code), "commander", 0, Cover("X.1", Audience.COURT), clock())
    revision = re.search(r'name="revision" value="(\d+)"', me.get(f"/review/{code}/").text)
    assert revision is not None
    answer = me.post(f"/review/{code}/propose", revision=revision[1], audience="court")
    assert answer.status_code == 303 and answer.location.endswith(f"/review/{code}/residual/court")
    asked = me.get(answer.location).text
    assert "1 passage marked as helping the accused" in asked and 'name="reason"' in asked

    second = visit("reviewer_b")
    second.get(f"/review/{code}/")
    found = _TAKE_BACK.search(second.get(address).text)
    assert found is not None and second.post(found[1]).status_code == 303
    assert "Nothing is marked" in me.get(address).text

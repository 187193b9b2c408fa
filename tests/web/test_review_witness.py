"""The witness's word on its page: what is shown, what is written down, what the approver sees of it."""

from collections.abc import Callable

from testimony.domain.purposes import Audience
from testimony.services.approving import propose
from tests.review_room import accept_all, approved, taken, turn
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[[str], Visitor]


def proposed(people: People, clock: Clock) -> tuple[str, str]:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    return code, propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())


def said(clock: Clock, word: str, why_not: str = "") -> dict[str, str]:
    day = clock().date().isoformat()
    return {"word": word, "why_not": why_not, "asked_by": "interviewer", "asked_on": day}


def test_the_page_shows_the_text_alone_and_warns_of_paper(people: People, clock: Clock, visit: Visit) -> None:
    code, set_id = proposed(people, clock)

    page = visit("reviewer_b").get(f"/review/layers/{set_id}/witness").text

    title = page[page.index("<title>") : page.index("</title>")]
    assert "I heard the shots from the wall." in page and "Tadfest" not in page
    assert "Printing leaves paper" in page and code not in title


def test_the_second_reviewer_sees_what_the_witness_said_before_they_approve(
    people: People, clock: Clock, visit: Visit
) -> None:
    code, set_id = proposed(people, clock)
    visitor = visit("reviewer_b")
    before = visitor.get(f"/review/layers/{set_id}/compare").text

    answer = visitor.post(f"/review/layers/{set_id}/witness", **said(clock, "changes"))

    assert answer.status_code == 303
    assert "No answer of the witness to this text is written down." in before
    for page in ("compare", "alone"):
        assert "The witness wants changes." in visitor.get(f"/review/layers/{set_id}/{page}").text
    assert "The witness wants changes." in visitor.get(f"/review/{code}/").text


def test_a_no_is_the_reason_that_a_release_is_refused_for(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    set_id = approved(people["reviewer"], people["reviewer_b"], code, clock())
    visitor = visit("reviewer_b")
    visitor.get(f"/review/layers/{set_id}/witness")
    visitor.post(f"/review/layers/{set_id}/witness", **said(clock, "no"))

    desk = visitor.get(f"/review/{code}/").text
    answer = visitor.post(f"/review/{code}/release/partner")

    assert "Release it to" not in desk
    assert answer.status_code == 403
    assert "The witness did not agree to this text." in answer.text


def test_an_answer_without_its_reason_or_with_a_day_to_come_is_not_taken(
    people: People, clock: Clock, visit: Visit
) -> None:
    _, set_id = proposed(people, clock)
    visitor = visit("reviewer")
    visitor.get(f"/review/layers/{set_id}/witness")
    address = f"/review/layers/{set_id}/witness"

    without = visitor.post(address, **said(clock, "not_asked"))
    later = visitor.post(address, **{**said(clock, "yes"), "asked_on": "2999-01-01"})
    nothing = visitor.post(address)

    assert [answer.status_code for answer in (without, later, nothing)] == [422, 422, 422]
    assert "Say why the witness could not be asked" in without.text
    assert "No answer of the witness to this text is written down." in visitor.get(address).text
    assert visitor.post(address, **said(clock, "not_asked", "not_safe")).status_code == 303

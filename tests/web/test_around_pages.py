"""What stands around a testimony, in a browser without script: walls, reviews, gaps, kin, referrals, silence."""

import re
from collections.abc import Callable

from testimony.domain.purposes import Audience, Purpose
from testimony.services.redacting import Cover, mark_words
from testimony.services.submitting import submit
from tests.review_room import accept_all, granted, received, submission, taken, turn, with_file
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]
GRAVE = {"reason": "it is agreed", "password": PASSWORD}


def step_on(page: str, what: str) -> str:
    found = re.search(rf"/{what}/([0-9a-f]{{16}})/(?:confirm|drop|end|done)", page)
    assert found, page
    return found[1]


def two_accounts(people: People, clock: Clock) -> tuple[str, str]:
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    one = received(interviewer, reviewer, clock(), "One side of it.")
    return one, received(interviewer, reviewer, clock(), "The other side of it.")


def test_two_custodians_set_a_wall_and_two_people_review_the_risk(
    visit: Visit, people: People, clock: Clock
) -> None:
    one, other = two_accounts(people, clock)
    first, second, reviewer = visit("custodian"), visit("custodian_b"), visit("reviewer")
    home = f"/around/{one}"
    first.get(home)
    bad = first.post(f"{home}/walls", other="no code", also_witness="", **GRAVE)
    assert (bad.status_code, "no code of a testimony" in bad.text) == (422, True)

    first.post(f"{home}/walls", other=other, also_witness="A-0003", **GRAVE)
    page = second.get(home).text
    assert "A-0003" in page and "1 wall between testimonies waits" in second.get("/custody/").text
    second.get(home)
    step = step_on(page, "walls")
    assert second.post(f"{home}/walls/{step}/confirm", **GRAVE).status_code == 303

    # Both sides show it, to custodians alone with the flag.
    assert one in second.get(f"/around/{other}").text
    shown = reviewer.get(home).text
    assert "A-0003" not in shown and other in shown
    assert other in first.get(f"/custody/register/{one}").text

    reviewer.get(home)
    sent: dict[str, object] = {
        "other": other,
        "audience": "partner",
        "risks": "both live in one camp",
        "password": PASSWORD,
    }
    assert reviewer.send(f"{home}/reviews", sent).status_code == 303
    page = second.get(home).text
    assert "both live in one camp" in page and "partners and staff" in page and "partner layer" not in page
    assert second.post(f"{home}/reviews/{step_on(page, 'reviews')}/confirm", **GRAVE).status_code == 303
    assert "Counts" in second.get(home).text


def test_a_gap_is_told_to_readers_without_its_names(visit: Visit, people: People, clock: Clock) -> None:
    one, _ = two_accounts(people, clock)
    custodian, reviewer = visit("custodian"), visit("reviewer_b")
    custodian.get(f"/around/{one}")
    gap: dict[str, object] = {
        "since": "2026-01",
        "until": "2026-02-10",
        "holders": "a driver, in a sugar bag",
        "password": PASSWORD,
    }
    wrong = custodian.send(f"/around/{one}/gaps", {**gap, "until": "someday"})
    assert wrong.status_code == 422
    assert "Write the day as" in wrong.text and "sugar bag" in wrong.text

    assert custodian.send(f"/around/{one}/gaps", gap).status_code == 303

    assert "sugar bag" in custodian.get(f"/around/{one}").text
    page = reviewer.get(f"/review/{one}/").text
    assert "10 February 2026" in page and "From <bdi>January 2026" in page and "sugar" not in page


def test_kin_and_a_referral_are_written_down_and_agreed(visit: Visit, people: People, clock: Clock) -> None:
    one, _ = two_accounts(people, clock)
    first, second = visit("custodian"), visit("custodian_b")
    home = f"/around/{one}"
    first.get(home)
    first.post(f"{home}/kin", who="a daughter", interest="to hear what he said", password=PASSWORD)
    need = {"danger": "a man at the well", "to_whom": "child protection", "told": "a boy, tonight"}
    first.send(f"{home}/referrals", {**need, "password": PASSWORD})

    page = second.get(home).text
    assert "to hear what he said" in page and "a boy, tonight" in page
    assert second.post(f"{home}/referrals/{step_on(page, 'referrals')}/confirm", **GRAVE).status_code == 303
    page = first.get(home).text
    assert "Agreed by two" in page
    assert first.post(f"{home}/kin/{step_on(page, 'kin')}/end", **GRAVE).status_code == 303
    assert "Put aside" in first.get(home).text
    # For a reviewer none of it is there.
    assert "daughter" not in visit("reviewer").get(home).text


def test_on_the_witness_s_request_a_mark_is_bound_and_another_reviewer_frees_it(
    visit: Visit, people: People, clock: Clock
) -> None:
    redactor = people["reviewer"]
    code = taken(people["interviewer"], redactor, clock(), "My cousin was taken. I saw the smoke.")
    accept_all(redactor, code, clock())
    cover = Cover("X.8", Audience.COURT)
    (mark,) = mark_words(redactor, turn(redactor, code), "My cousin was taken", 0, cover, clock()).mark_ids
    mine, other = visit("reviewer"), visit("reviewer_b")
    page = mine.get(f"/review/{code}/?mark={mark}").text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision

    assert mine.post(f"/review/{code}/silence", mark=mark, revision=revision[1]).status_code == 303

    assert "told to nobody" in mine.get(f"/review/{code}/").text
    link = re.search(rf"/review/{code}/silence/[0-9a-f]{{16}}", other.get(f"/review/{code}/").text)
    assert link
    other.get(link[0])
    assert other.post(link[0], **GRAVE).status_code == 303
    assert "told to nobody" not in mine.get(f"/review/{code}/").text


def test_a_second_rendering_is_sealed_unread_and_shown_beside_the_first(
    visit: Visit, people: People, clock: Clock
) -> None:
    interviewer, said = people["interviewer"], granted(Purpose.CP01, Purpose.CP02, Purpose.CP07)
    made = submission(interviewer, "They burned the wells.", protect=(), decisions=said)
    made = with_file(interviewer, made, b"a voice", "voice.ogg", "XK12")
    code = submit(interviewer, made, None, clock()).code
    reader, anew = visit("reviewer"), visit("reviewer_b")
    assert f"/review/{code}/second-rendering" in reader.get("/review/").text
    reader.get(f"/review/{code}/")

    assert reader.get(f"/review/{code}/second-rendering").status_code == 403
    page = anew.get(f"/review/{code}/second-rendering")
    assert page.status_code == 200 and "wells" not in page.text
    sent: dict[str, object] = {"language": "eng", "words": "They burned two wells.", "password": PASSWORD}
    assert anew.send(f"/review/{code}/second-rendering", sent).status_code == 303
    again = anew.get(f"/review/{code}/second-rendering")
    assert again.status_code == 409 and "You have sealed your rendering" in again.text

    shown = reader.get(f"/review/{code}/renderings").text
    assert "<del>" in shown and "two" in shown


def test_where_nothing_can_be_heard_no_rendering_is_offered_and_the_page_says_why(
    visit: Visit, people: People, clock: Clock
) -> None:
    interviewer, said = people["interviewer"], granted(Purpose.CP01, Purpose.CP04, Purpose.CP07)
    made = submission(interviewer, "They burned the wells.", protect=(), decisions=said)
    code = submit(interviewer, with_file(interviewer, made, b"a picture"), None, clock()).code
    anew = visit("reviewer_b")

    # Sealed still: what there is in it, nobody is told.
    before = anew.get(f"/review/{code}/second-rendering")
    queue = anew.get("/review/").text
    page = anew.get(f"/review/{code}/second-rendering")
    reader = visit("reviewer")
    reader.get(f"/review/{code}/")

    assert before.status_code == 409 and "No recording was handed in" not in before.text
    assert "1 file" in queue and "second-rendering" not in queue
    assert page.status_code == 409 and "No recording was handed in" in page.text
    assert "You have sealed" not in page.text
    sent: dict[str, object] = {"language": "eng", "words": "They burned two wells.", "password": PASSWORD}
    assert anew.send(f"/review/{code}/second-rendering", sent).status_code == 409
    # Who may not render anew is told that, and not what was handed in.
    assert reader.get(f"/review/{code}/second-rendering").status_code == 403


def test_the_language_of_a_later_text_is_chosen_from_the_list(
    visit: Visit, people: People, clock: Clock
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    mine = visit("reviewer")
    page = mine.get(f"/review/{code}/").text
    chosen = re.search(r'<select id="version-language".*?</select>', page, re.DOTALL)

    assert chosen and 'value="fra"' in chosen[0] and chosen[0].count(" selected") == 1
    sent = {"follows": "1", "kind": "translation", "language": "fra", "whole": "Ils ont brûlé les puits."}
    assert mine.post(f"/review/{code}/version", **sent).status_code == 303


def test_a_page_around_a_testimony_stands_in_the_room_of_whoever_looks(
    visit: Visit, people: People, clock: Clock
) -> None:
    one, _ = two_accounts(people, clock)

    for name, room in (("custodian", "custody"), ("reviewer", "review")):
        page = visit(name).get(f"/around/{one}").text
        assert re.findall(r'<a href="/(\w+)/" aria-current="true"', page) == [room]

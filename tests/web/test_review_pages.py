"""The review room as a browser without script uses it: from the queue to a release, and what is refused on the way."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from testimony.detection.suggesting import Failure, Suggestions, Trouble
from testimony.domain.purposes import Audience, Purpose
from testimony.services.approving import propose
from testimony.services.submitting import submit
from testimony.services.taking import take
from tests.review_room import (
    ACCOUNT,
    approved,
    granted,
    handed_in,
    marks,
    received,
    submission,
    taken,
    turn,
    with_file,
)
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

_REVISION = re.compile(r'name="revision" value="(\d+)"')


def revision(page: str) -> str:
    found = _REVISION.search(page)
    assert found is not None
    return found[1]


def act(visitor: Visitor, code: str, step: str, **fields: object) -> int:
    page = visitor.get(f"/review/{code}/").text
    return visitor.post(f"/review/{code}/{step}", revision=revision(page), **fields).status_code


def pane(page: str, name: str) -> str:
    """The visible text of one pane."""
    start = page.index(f'data-pane="{name}"')
    return unescape(re.sub(r"<[^>]+>", "", page[start : page.index("</section>", start)])).split(">", 1)[1]


def test_the_queue_receives_what_waits_and_shows_nothing_of_it(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = handed_in(people["interviewer"], clock())

    page = visit("reviewer").get("/review/").text

    assert code in page and "1 sealed account was opened" in page
    assert not any(word in page for word in ("Tadfest", "Inekar", "lorries"))


def test_an_account_goes_from_the_queue_to_a_release_without_script(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = handed_in(people["interviewer"], clock())
    first, second = visit("reviewer"), visit("reviewer_b")
    first.get("/review/")
    first.get(f"/review/{code}/")
    first.post(f"/review/{code}/take")
    for mark in {m.entity: m for m in marks(people["reviewer"], code)}.values():
        decision = "accept_alike" if mark.detector == "protect-list/1" else "reject_alike"
        assert act(first, code, "decide", **{decision: mark.mark_id}) == 303
    assert act(first, code, "mark", words="Yusuf Oldenbeck", category="X.2") == 303
    assert "Every suggestion is decided" in first.get(f"/review/{code}/").text
    assert act(first, code, "propose", audience="partner") == 303

    link = re.search(r"/review/layers/(\w+)/compare", second.get("/review/").text)
    assert link is not None
    assert "Tadfest Amellal" in second.get(link[0]).text
    alone = second.get(f"/review/layers/{link[1]}/alone").text
    assert "Tadfest" not in alone and "[the witness]" in alone
    assert second.post(f"/review/layers/{link[1]}/approve", no_one_pointed_at="y").status_code == 303
    second.get(f"/review/{code}/release/partner")
    done = second.post(f"/review/{code}/release/partner")

    shown = second.get(done.location).text
    assert "Release 1" in shown and "Oldenbeck" not in shown and "[victim 1]" in shown


def test_words_of_the_account_in_the_page_are_text_and_never_markup(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = taken(
        people["interviewer"], people["reviewer"], clock(), "<script>alert(1)</script> & <b>said</b>"
    )

    page = visit("reviewer").get(f"/review/{code}/").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page


def test_a_detector_that_failed_is_named_on_the_page(people: People, clock: Clock, visit: Visit) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())
    broken = Suggestions((), (Failure("phone/1", Trouble.FAILED),))
    take(people["reviewer"], code, clock(), lambda *_: broken)

    page = visit("reviewer").get(f"/review/{code}/").text

    assert "Not all detectors could read this account" in page
    assert "phone/1" in page


def test_the_second_reviewer_is_told_which_detectors_failed(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = received(people["interviewer"], people["reviewer"], clock(), "I heard the shots.")
    take(people["reviewer"], code, clock(), lambda *_: Suggestions((), (Failure("phone/1", Trouble.SLOW),)))
    layer = propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())

    page = visit("reviewer_b").get(f"/review/layers/{layer}/compare").text

    assert "Not all detectors could read this account" in page
    assert "phone/1" in page


def test_a_graphic_account_is_behind_a_warning_once(people: People, clock: Clock, visit: Visit) -> None:
    code = handed_in(people["interviewer"], clock(), warning="CW02")
    visitor = visit("reviewer")
    visitor.get("/review/")

    asked = visitor.get(f"/review/{code}/")
    warned = visitor.get(asked.location).text
    visitor.post(f"/review/{code}/warning")

    assert asked.status_code == 303
    assert "Torture" in warned and "Tadfest" not in warned
    assert "Tadfest" in visitor.get(f"/review/{code}/").text


def test_the_result_pane_follows_the_audience(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), ACCOUNT, protect=())
    visitor = visit("reviewer")
    act(visitor, code, "mark", words="lorries", category="X.4", withheld_from="public")

    partner = visitor.get(f"/review/{code}/?audience=partner").text
    public = visitor.get(f"/review/{code}/?audience=public").text

    assert "lorries" in pane(partner, "result") and "lorries" not in pane(public, "result")
    assert "lorries" in pane(public, "original")


def test_undo_change_stretch_and_all_mentions_work_as_plain_forms(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), ACCOUNT, protect=())
    visitor = visit("reviewer")
    act(visitor, code, "mark", words="Amellal", which="1", category="X.1")
    mark = marks(people["reviewer"], code)[0].mark_id

    act(visitor, code, "stretch", mark=mark, edge="start_out")
    act(visitor, code, "everywhere", mark=mark)
    act(visitor, code, "change", mark=mark, category="X.3", withheld_from="court", replacement="[a keeper]")
    act(visitor, code, "undo")

    result = pane(visitor.get(f"/review/{code}/").text, "result")
    assert "Tadfest" not in result and "[a keeper]" not in result


def test_what_cannot_be_marked_is_said_in_words_and_changes_nothing(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    visitor = visit("reviewer")
    page = visitor.get(f"/review/{code}/").text

    answer = visitor.post(f"/review/{code}/mark", revision=revision(page), words="Zanzibar", category="X.1")

    assert answer.status_code == 422
    assert "does not say this" in answer.text
    assert len(marks(people["reviewer"], code)) == 3


def test_an_older_page_is_told_that_it_is_older(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    visitor = visit("reviewer")
    old = revision(visitor.get(f"/review/{code}/").text)
    act(visitor, code, "mark", words="lorries", category="X.4")

    answer = visitor.post(f"/review/{code}/mark", revision=old, words="wall", category="X.4")

    assert answer.status_code == 409


def test_a_script_is_told_only_what_changed(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    visitor = visit("reviewer")
    start = ACCOUNT.index("lorries")
    page = visitor.get(f"/review/{code}/").text

    answer = visitor.client.post(
        f"/review/{code}/mark",
        data={
            "csrf_token": visitor.token,
            "revision": revision(page),
            "start": start,
            "end": start + 7,
            "category": "X.4",
        },
        headers={"Accept": "application/json"},
    )

    told = answer.get_json()
    assert told["revision"] == int(revision(page)) + 1
    assert [len(window[2]) for window in told["original"]] == [1]
    assert "lorries" in str(told["original"]) and "lorries" not in str(told["result"])
    assert [m["decision"] for m in told["marks"]] == ["accepted"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("mark", {"words": "lorries", "category": "Z.9"}),
        ("mark", {"words": "lorries", "category": "X.4", "withheld_from": "nobody"}),
        ("mark", {"words": "", "category": "X.4"}),
        ("mark", {"start": "4", "end": "99999", "category": "X.4"}),
        ("mark", {"start": "-4", "end": "3", "category": "X.4"}),
        ("mark", {"words": "lorries", "which": "nine", "category": "X.4"}),
        ("decide", {}),
        ("stretch", {"mark": "x", "edge": "sideways"}),
    ],
)
def test_what_no_page_sends_is_refused_in_words(
    people: People, clock: Clock, visit: Visit, path: str, fields: dict[str, object]
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    visitor = visit("reviewer")

    assert act(visitor, code, path, **fields) == 422


def test_steps_cannot_be_skipped_by_posting_them(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), "I heard the shots.")
    first, second = visit("reviewer"), visit("reviewer_b")
    assert first.post(f"/review/{code}/release/partner").status_code == 409
    act(first, code, "propose", audience="partner")
    link = re.search(r"/review/layers/(\w+)/compare", first.get(f"/review/{code}/").text)
    assert link is not None

    assert first.post(f"/review/layers/{link[1]}/approve", no_one_pointed_at="y").status_code == 403
    assert second.get(f"/review/layers/{link[1]}/alone").status_code == 409
    assert second.post(f"/review/layers/{link[1]}/approve", no_one_pointed_at="y").status_code == 409


def test_the_redactor_reads_why_a_layer_came_back(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), "I heard the shots.")
    first, second = visit("reviewer"), visit("reviewer_b")
    act(first, code, "propose", audience="partner")
    link = re.search(r"/review/layers/(\w+)/compare", first.get(f"/review/{code}/").text)
    assert link is not None
    second.get(link[0])

    empty = second.post(f"/review/layers/{link[1]}/send-back", answer=" ")
    second.post(f"/review/layers/{link[1]}/send-back", answer="Hide the wall.")

    assert empty.status_code == 422
    assert "Hide the wall." in first.get(f"/review/{code}/").text


def test_a_file_is_handed_out_whole_and_never_shown(people: People, clock: Clock, visit: Visit) -> None:
    plain = b"<html>" + bytes(range(256)) * 1000
    decisions = granted(Purpose.CP01, Purpose.CP04, Purpose.CP07)
    told = submission(people["interviewer"], decisions=decisions)
    made = with_file(people["interviewer"], told, plain)
    code = submit(people["interviewer"], made, None, clock()).code
    visitor = visit("reviewer")
    visitor.get("/review/")

    answer = visitor.get(f"/review/{code}/files/1")

    assert answer.data == plain
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{code}-1"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.get(f"/review/{code}/files/2").status_code == 404


@pytest.mark.parametrize("who", ["interviewer", "investigator", "auditor", "custodian"])
def test_for_others_the_review_room_is_not_there(
    people: People, clock: Clock, visit: Visit, who: str
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    pages = ("/", f"/{code}/", f"/{code}/warning", f"/{code}/files/1", f"/{code}/release/partner")
    visitor = visit(who)

    answers = [visitor.get(f"/review{page}").status_code for page in pages]

    assert answers == [404] * len(pages)


def test_the_home_page_says_what_waits(people: People, clock: Clock, visit: Visit) -> None:
    handed_in(people["interviewer"], clock())
    code = taken(people["interviewer"], people["reviewer"], clock(), "I heard the shots.")
    visitor = visit("reviewer_b")

    page = visitor.get("/").text

    assert "1 account waits for a reviewer" in page
    assert turn(people["reviewer"], code).revision == 1


def test_consent_that_stops_a_release_is_said_in_words(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), "I heard the shots.")
    approved(people["reviewer"], people["reviewer_b"], code, clock(), Audience.COURT)
    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/release/court")

    answer = visitor.post(f"/review/{code}/release/court")

    assert answer.status_code == 403
    assert "did not allow any use by this audience" in answer.text


def test_all_mentions_are_counted_on_a_page_of_their_own_without_script(
    people: People, clock: Clock, visit: Visit
) -> None:
    text = "Yusuf Oldenbeck came. Yousouf Oldenbek spoke, and so did Yusuf Oldenbeck."
    code = taken(people["interviewer"], people["reviewer"], clock(), text)
    visitor = visit("reviewer")
    act(visitor, code, "mark", words="Yusuf Oldenbeck", which="1", category="X.2")
    (mark,) = marks(people["reviewer"], code)

    page = visitor.get(f"/review/{code}/mentions?mark={mark.mark_id}").text
    spelling = re.findall(r'name="spelling" value="([^"]+)"', page)
    answer = visitor.post(
        f"/review/{code}/everywhere", revision=revision(page), mark=mark.mark_id, spelling=spelling[0]
    )

    assert "1 more place says the same." in page and "Yousouf Oldenbek" in page
    assert answer.status_code == 303
    assert [text[m.start : m.end] for m in marks(people["reviewer"], code)] == [
        "Yusuf Oldenbeck",
        "Yousouf Oldenbek",
        "Yusuf Oldenbeck",
    ]


def test_what_is_said_less_exactly_is_chosen_in_a_plain_form(
    people: People, clock: Clock, visit: Visit
) -> None:
    text = "I was 34 when they came on 2024-05-03. I was thirty."
    code = taken(people["interviewer"], people["reviewer"], clock(), text)
    visitor = visit("reviewer")

    act(visitor, code, "mark", words="34", category="X.3", treatment="generalised")
    act(visitor, code, "mark", words="thirty", category="X.3", treatment="generalised", exact="30")
    refused = act(visitor, code, "mark", words="they came", category="X.3", treatment="generalised")

    result = pane(visitor.get(f"/review/{code}/").text, "result")
    assert refused == 422
    assert result.count("[aged 30-39]") == 2 and "they came" in result


def test_what_fits_too_few_people_is_said_in_words_and_needs_two_and_a_reason(
    people: People, clock: Clock, visit: Visit
) -> None:
    text = "I am the only midwife in the village. I was a widow."
    code = taken(people["interviewer"], people["reviewer"], clock(), text)
    first, second = visit("reviewer"), visit("reviewer_b")
    page = first.get(f"/review/{code}/").text

    refused = first.post(f"/review/{code}/propose", revision=revision(page), audience="partner")
    shown = first.get(refused.location).text
    short = first.post(f"/review/{code}/residual/partner", revision=revision(page), reason="because")
    reason = "The court asked for it, and she agreed."
    done = first.post(f"/review/{code}/residual/partner", revision=revision(page), reason=reason)

    assert refused.location.endswith(f"/review/{code}/residual/partner")
    assert "Together this fits fewer than 5 people" in shown
    assert "Midwife" in shown and "said to be the only one in the place" in shown
    assert short.status_code == 422 and done.status_code == 303
    link = re.search(r"/review/layers/(\w+)/compare", second.get("/review/").text)
    assert link is not None
    assert reason in second.get(link[0]).text
    assert reason in second.get(f"/review/layers/{link[1]}/alone").text
    approve_at = f"/review/layers/{link[1]}/approve"
    assert second.post(approve_at, no_one_pointed_at="y").status_code == 422
    assert second.post(approve_at, no_one_pointed_at="y", residual_confirmed="y").status_code == 303


def test_other_spellings_are_marked_before_the_second_reviewer(
    people: People, clock: Clock, visit: Visit
) -> None:
    text = "Yusuf came at dawn. Yousef left."
    code = taken(people["interviewer"], people["reviewer"], clock(), text)
    first, second = visit("reviewer"), visit("reviewer_b")
    act(first, code, "mark", words="Yusuf", category="X.5", withheld_from="partner")
    act(first, code, "propose", audience="partner")
    link = re.search(r"/review/layers/(\w+)/compare", second.get("/review/").text)
    assert link is not None

    page = second.get(link[0]).text

    assert "<mark>Yousef</mark>" in page
    assert "may be a part, or another spelling" in page


def test_a_redaction_is_lifted_and_a_recipient_gets_a_layer_by_plain_forms(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), ACCOUNT, protect=())
    first, second = visit("reviewer"), visit("reviewer_b")
    act(first, code, "mark", words="lorries", category="X.4", withheld_from="partner")
    mark = marks(people["reviewer"], code)[0].mark_id
    named = {"recipient": "Forensic team <b>A</b>", "kind": "RT02", "audience": "partner"}
    assert first.post(f"/review/{code}/recipients", **named).status_code == 303
    page = first.get(f"/review/{code}/").text
    who = re.search(r"/recipients/(\w+)/propose", page)
    assert who is not None and "Forensic team &lt;b&gt;A&lt;/b&gt;" in page
    order = {"authority": "Chamber, order 12", "reason": "The team must see it.", "on": "2026-02-20"}

    missing = act(first, code, "lift", mark=mark, layer=who[1], **{**order, "authority": ""})
    lifted = act(first, code, "lift", mark=mark, layer=who[1], **order)
    proposed = act(first, code, f"recipients/{who[1]}/propose")

    assert (missing, lifted, proposed) == (422, 303, 303)
    link = re.search(r"/review/layers/(\w+)/compare", second.get("/review/").text)
    assert link is not None
    compared = second.get(link[0]).text
    assert "Forensic team &lt;b&gt;" in compared and "two lorries" in pane(compared, "result")
    second.get(f"/review/layers/{link[1]}/alone")
    second.post(f"/review/layers/{link[1]}/approve", no_one_pointed_at="y")
    done = second.post(f"/review/layers/{link[1]}/seal")
    assert done.status_code == 303
    shown = second.get(done.location).text
    assert "two lorries" in shown and "It lies in the vault" in shown
    assert "two lorries" not in pane(first.get(f"/review/{code}/?audience=partner").text, "result")
    assert act(first, code, "end-lift", mark=mark) == 303


def test_a_later_text_is_added_by_a_plain_form(people: People, clock: Clock, visit: Visit) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    visitor = visit("reviewer")
    new = {
        "follows": "1",
        "kind": "verbatim",
        "language": "eng",
        "whole": "Inekar was empty.\r\nThat is all.",
    }

    wrong = visitor.post(f"/review/{code}/version", **{**new, "language": "english"})
    done = visitor.post(f"/review/{code}/version", **new)
    late = visitor.post(f"/review/{code}/version", **new)

    assert (wrong.status_code, done.status_code, late.status_code) == (422, 303, 409)
    assert "That is all." in pane(visitor.get(f"/review/{code}/").text, "original")

"""The pages of alarms, and the witness's question, in a browser without script."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from testimony.domain.audit import Action
from testimony.domain.codes import new_code
from testimony.domain.roles import Role
from testimony.policy.alarms import Rule
from testimony.policy.showings import SeenBy, Shown
from testimony.services.archives import Archive
from testimony.services.duress import signal_at_once
from testimony.services.showings import Answer, Disclosed
from testimony.storage.register import RegisterRow, insert_row
from testimony.web import translation
from testimony.web.custody_seen import read_aloud
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

CODE = new_code("T", lambda below: below // 5)
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 1)
GRAVE = {"reason": "asked for by the council", "password": PASSWORD}


def suspend_someone(custodian: Visitor, people: People) -> None:
    gone = people["investigator_b"].account.id
    custodian.get(f"/custody/accounts/{gone}")
    custodian.post(f"/custody/accounts/{gone}/suspend", **GRAVE)


def first_number(page: str) -> str:
    found = re.search(r"/alarms/(\d+)/seen", page)
    assert found is not None
    return found[1]


def test_an_alarm_waits_on_the_home_pages_of_auditors_and_custodians_and_no_other(
    visit: Visit, people: People
) -> None:
    suspend_someone(visit("custodian"), people)

    assert "to be looked at" in visit("auditor").get("/").text
    assert "to be looked at" in visit("custodian_b").get("/").text
    for name in ("reviewer", "investigator", "interviewer"):
        home = visit(name).get("/").text
        assert "/alarms" not in home


def test_duress_comes_first_and_in_calm_words(
    visit: Visit, people: People, archive: Archive, clock: Clock
) -> None:
    auditor = visit("auditor")
    suspend_someone(visit("custodian"), people)
    signal_at_once(archive, archive.keyring(), people["investigator"].account.id, clock())

    home, page = auditor.get("/").text, auditor.get("/alarms/").text

    assert home.index("Somebody may be under pressure") < home.index("to be looked at")
    assert page.index("Somebody may be under pressure") < page.index("Keys were changed")
    assert "Think of the person first." in page


def test_an_alarm_is_answered_with_a_sentence_and_moves_down(visit: Visit, people: People) -> None:
    suspend_someone(visit("custodian"), people)
    auditor = visit("auditor")
    number = first_number(auditor.get("/alarms/").text)

    empty = auditor.post(f"/alarms/{number}/seen", note="")
    answered = auditor.post(f"/alarms/{number}/seen", note="agreed beforehand")
    page = auditor.get("/alarms/").text

    assert empty.status_code == 422
    assert "Say in a sentence what you found." in empty.text
    assert answered.status_code == 303
    assert "Looked at by" in page
    assert "agreed beforehand" not in page


def test_whoever_it_is_about_finds_no_form_and_a_forged_one_is_refused(visit: Visit, people: People) -> None:
    custodian = visit("custodian")
    suspend_someone(custodian, people)
    page = custodian.get("/alarms/").text
    number = first_number(visit("auditor").get("/alarms/").text)

    answer = custodian.post(f"/alarms/{number}/seen", note="nothing")

    assert "This alarm is about your own account." in page
    assert answer.status_code == 422


def test_a_rule_is_changed_by_one_and_switched_off_by_two(visit: Visit) -> None:
    custodian, auditor = visit("custodian"), visit("auditor")
    custodian.get("/alarms/rules/bulk-reading")
    changed = custodian.post("/alarms/rules/bulk-reading", limit="12", span="60", **GRAVE)
    asked = custodian.post("/alarms/rules/bulk-reading/ask-off", **GRAVE)
    alone = custodian.post("/alarms/rules/bulk-reading/agree-off", **GRAVE)
    before = auditor.get("/alarms/rules").text
    agreed = auditor.post("/alarms/rules/bulk-reading/agree-off", **GRAVE)
    after = auditor.get("/alarms/rules/bulk-reading").text

    assert [changed.status_code, asked.status_code, alone.status_code] == [303, 303, 422]
    assert "You asked for it yourself." in alone.text
    assert "More than 12 within 60 minutes." in before
    assert "has asked to switch it off." in before
    assert agreed.status_code == 303
    assert "Switch it on" in after


@pytest.mark.parametrize(
    ("rule", "sent"),
    [
        ("bulk-reading", {"limit": "1000000", "span": "60"}),
        ("bulk-reading", {"limit": "x", "span": "60"}),
        ("out-of-hours", {"limit": "20", "span": "6"}),
        ("backup-overdue", {"limit": ""}),
    ],
)
def test_numbers_out_of_bounds_are_said(visit: Visit, rule: str, sent: dict[str, str]) -> None:
    auditor = visit("auditor")
    auditor.get(f"/alarms/rules/{rule}")

    answer = auditor.send(f"/alarms/rules/{rule}", {**sent, **GRAVE})

    assert answer.status_code == 422
    assert "This did not go through" in answer.text


def test_each_rule_has_its_page_and_an_unknown_one_none(visit: Visit) -> None:
    auditor = visit("auditor")

    assert {auditor.get(f"/alarms/rules/{rule}").status_code for rule in Rule} == {200}
    assert auditor.get("/alarms/rules/no-such-rule").status_code == 404
    assert "Nobody can switch it off." in auditor.get("/alarms/rules/duress").text


# The witness's question.


@pytest.fixture
def testimony(people: People, clock: Clock) -> str:
    session = people["interviewer"]
    row = RegisterRow(
        code=CODE,
        submission_id="s",
        case_id="CASE-1",
        state="released",
        language="fra",
        month="2026-01",
        submitted_on="2026-02-01",
        interviewer_id=session.account.id,
        interpreter_id=None,
        risk="R2",
    )
    with session.work(clock()) as work:
        insert_row(work.connection, row)
    for name in ("investigator", "investigator_b"):
        with people[name].work(clock()) as work:
            work.log(
                Action.ITEM_SHOWN,
                subject=("testimony", CODE),
                case="CASE-1",
                purpose="CP07",
                fields=("text", "release:1"),
            )
    return CODE


@pytest.fixture(scope="module")
def speaking() -> Flask:
    """Words alone, without an archive behind them."""
    app = Flask("testimony")
    app.secret_key = "of this test"
    translation.install(app)
    return app


def told(app: Flask, answer: Answer, language: str = "en") -> str:
    with app.test_request_context(f"/?lang={language}"):
        app.preprocess_request()
        read = read_aloud(answer, language)
        return " ".join((*read.seen, *read.identities, *read.disclosed))


def answer_of(
    *seen: SeenBy,
    identities: tuple[SeenBy, ...] = (),
    disclosed: tuple[Disclosed, ...] = (),
    is_gone: bool = False,
    exported: bool = False,
) -> Answer:
    return Answer(CODE, MARCH, Clock().now, seen, identities, disclosed, is_gone, exported)


def test_the_page_says_who_has_seen_it_without_a_name(visit: Visit, testimony: str) -> None:
    page = visit("custodian").get(f"/custody/register/{testimony}/seen?in=en").text

    assert "Two investigators read the released text in March 2026, for an internal study." in page
    assert "Nobody has looked at your name or at how to reach you." in page
    assert "Nobody outside has received it." in page
    answer = page[page.index("<article") : page.index("</article>")]
    assert "investigator-1" not in answer
    assert 'lang="en" dir="ltr"' in answer


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_the_answer_is_in_the_language_chosen_for_it(
    visit: Visit, testimony: str, language: str, direction: str
) -> None:
    page = visit("custodian").get(f"/custody/register/{testimony}/seen?in={language}").text

    assert f'lang="{language}" dir="{direction}"' in page
    assert '<html lang="en"' in page


def test_another_language_than_ours_is_not_taken_from_the_address(visit: Visit, testimony: str) -> None:
    page = visit("custodian").get(f'/custody/register/{testimony}/seen?in="><script>').text

    assert "<script>" not in page.replace('<script type="module"', "")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (answer_of(), "Nobody has read it."),
        (answer_of(is_gone=True), "It was erased. Nobody can read it any more."),
        (
            answer_of(SeenBy(Shown.RELEASED, Role.INVESTIGATOR, "CP07", 1, (MAY,))),
            "One investigator read the released text in May 2026, for an internal study.",
        ),
        (
            answer_of(SeenBy(Shown.RELEASED, Role.INVESTIGATOR, "CP14", 3, (MARCH, MAY))),
            "Three investigators read the released text in March 2026, May 2026, for the International Criminal Court.",
        ),
        (
            answer_of(SeenBy(Shown.RELEASED, Role.INVESTIGATOR, "CP07", 23, (MAY,))),
            "23 investigators read the released text",
        ),
        (
            answer_of(SeenBy(Shown.PREPARED, Role.REVIEWER, "", 1, (MAY,))),
            "One reviewer read your own words in May 2026, to prepare what others may read.",
        ),
        (
            answer_of(SeenBy(Shown.ORIGINAL, Role.INVESTIGATOR, "CP07", 1, (MAY,))),
            "One investigator read your own words, with nothing hidden, in May 2026, for an internal study.",
        ),
        (answer_of(SeenBy(Shown.OTHER, None, "", 1, (MAY,))), "One person saw something of it in May 2026."),
        (
            answer_of(
                identities=(SeenBy(Shown.IDENTITY, Role.CUSTODIAN, "", 2, (MAY,), ("names", "contacts")),)
            ),
            "Two custodians saw your name, how to reach you in May 2026.",
        ),
        (
            answer_of(disclosed=(Disclosed(MAY, "RT06", "CP14"),)),
            "It was handed over on 1 May 2026, for the International Criminal Court.",
        ),
        (
            answer_of(disclosed=(Disclosed(MAY, "RT06", "CP14", recalled=True),)),
            "They were asked to give it back or to delete it.",
        ),
        (
            answer_of(disclosed=(Disclosed(MAY, "RT06", "CP14", recalled=True, deleted=True),)),
            "say that they have deleted it.",
        ),
    ],
)
def test_what_is_told_is_a_plain_sentence(speaking: Flask, answer: Answer, sentence: str) -> None:
    assert sentence in told(speaking, answer)


def test_an_export_without_a_record_is_not_told_as_nothing(speaking: Flask) -> None:
    assert "Nobody outside" not in told(speaking, answer_of(exported=True))


@pytest.mark.parametrize("what", list(Shown))
@pytest.mark.parametrize("people_count", [1, 2, 3, 11, 100])
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_everything_that_can_be_seen_has_a_sentence_in_each_language(
    speaking: Flask, what: Shown, people_count: int, language: str
) -> None:
    said = told(speaking, answer_of(SeenBy(what, Role.INVESTIGATOR, "CP07", people_count, (MAY,))), language)

    assert "%(" not in said

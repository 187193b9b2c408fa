"""The pages of alarms and the witness's question: on a telephone, at night, from the right, on paper."""

from collections.abc import Callable

import pytest

from testimony.domain.audit import Action
from testimony.domain.codes import new_code
from testimony.services.custody import suspend_account
from testimony.services.duress import signal_at_once
from testimony.services.signin import SignIn as Door
from testimony.services.throttling import Throttle
from testimony.storage.register import RegisterRow, insert_row
from testimony.web.wiring import Services
from tests.browser.conftest import Browser
from tests.services.conftest import PASSWORD, Clock

SignIn = Callable[[str], Browser]

CODE = new_code("T", lambda below: below // 5)
PAGES = ("/alarms/", "/alarms/rules", "/alarms/rules/bulk-reading", "/alarms/rules/duress")
SEEN = tuple(f"/custody/register/{CODE}/seen?in={language}" for language in ("en", "fr", "ar"))


@pytest.fixture(autouse=True)
def alarms(services: Services, clock: Clock) -> None:
    """A suspension, a duress signal, and a testimony that somebody read."""
    door = Door(services.archive, Throttle())
    custodian = door.sign_in("custodian-2", PASSWORD, None, clock())
    investigator = door.sign_in("investigator-1", PASSWORD, None, clock())
    other = door.sign_in("investigator-2", PASSWORD, None, clock())
    row = RegisterRow(
        code=CODE,
        submission_id="s",
        case_id="CASE-1",
        state="released",
        language="fra",
        month="2026-01",
        submitted_on="2026-02-01",
        interviewer_id=investigator.account.id,
        interpreter_id=None,
        risk="R2",
    )
    with investigator.work(clock()) as work:
        insert_row(work.connection, row)
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", CODE),
            case="CASE-1",
            purpose="CP07",
            fields=("text", "release:1"),
        )
    suspend_account(custodian, other.account.id, "left the team", clock())
    signal_at_once(services.archive, services.archive.keyring(), investigator.account.id, clock())
    for session in (custodian, investigator, other):
        services.archive.release(session.archive.secrets)


def test_the_pages_are_accessible_by_day_and_by_night_and_nothing_complains(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    for path in (*PAGES, SEEN[0], SEEN[2]):
        browser.open(path)
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            browser.assert_accessible()
        assert browser.complaints() == [], path


def test_nothing_sticks_out_on_a_narrow_telephone_from_the_right(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    browser.open("/?lang=ar")
    for path in (*PAGES, SEEN[0], SEEN[2]):
        browser.open(path)
        browser.assert_no_horizontal_scroll()


def test_an_alarm_is_answered_without_script(sign_in: SignIn) -> None:
    browser = sign_in("auditor")
    browser.without_script()
    browser.open("/alarms/")
    first = browser.find(".alarm h3").text

    browser.find(".alarm input[name='note']").send_keys("met, and safe")
    browser.press("I have looked into it")

    assert first == "Somebody may be under pressure"
    assert browser.find(".alarm h3").text == "Keys were changed"
    assert "Looked at by" in browser.text


def test_the_answer_to_a_witness_prints_alone(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    browser.open(SEEN[0])

    browser.print_view()

    assert browser.find(".seen-answer").is_displayed()
    for hidden in (".subnav", ".bar", ".seen-languages"):
        assert not browser.find(hidden).is_displayed()

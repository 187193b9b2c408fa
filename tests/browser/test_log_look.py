"""The auditors' room as an auditor sees it: on a desk, on a telephone, at night, from the right, without
script.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Refused
from testimony.services.signin import SignIn as Door
from testimony.services.throttling import Throttle
from testimony.web.wiring import Services
from tests.browser.conftest import Browser
from tests.services.conftest import PASSWORD, Clock

SignIn = Callable[[str], Browser]

CODE = "T-7Q4K-29"
PAGES = ("/log/", f"/log/?about={CODE}", "/log/?did=AA99", "/log/event/20", "/log/check", "/log/checkpoints")


@pytest.fixture(autouse=True)
def days_of_work(services: Services, clock: Clock) -> None:
    """Three days in which a reviewer saw, searched and was refused."""
    session = Door(services.archive, Throttle()).sign_in("reviewer-1", PASSWORD, None, clock())
    for day in range(3):
        at = clock() + timedelta(days=day)
        with session.work(at) as work:
            for _ in range(8):
                work.log(Action.ITEM_SHOWN, subject=("testimony", CODE), purpose="CP07", case="CASE-1")
            work.log(Action.SEARCH_RELEASED, count=4, purpose="CP07", detail="wells AND road")
        with pytest.raises(Refused), session.work(at):
            raise Refused((DenyReason.CONSENT_REFUSED,), subject=("testimony", CODE), purpose="CP09")
    services.archive.release(session.archive.secrets)
    clock.forward(days=3)


def test_the_room_is_accessible_by_day_and_by_night_and_nothing_complains(sign_in: SignIn) -> None:
    browser = sign_in("auditor")
    for path in PAGES:
        browser.open(path)
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            browser.assert_accessible()
        assert [said for said in browser.complaints() if "422" not in said] == [], path


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_sticks_out_on_a_narrow_telephone(sign_in: SignIn, language: str) -> None:
    browser = sign_in("auditor")
    browser.open(f"/?lang={language}")
    for path in PAGES:
        browser.open(path)
        browser.assert_no_horizontal_scroll()


def test_an_auditor_without_script_follows_one_testimony_to_the_words_of_a_search(sign_in: SignIn) -> None:
    browser = sign_in("auditor")
    browser.without_script()
    browser.open("/log/")
    assert "The log is whole:" in browser.text

    browser.find(".filter-box summary").click()
    browser.fill("About (code or number)", CODE)
    browser.press("Show these")
    of_testimony = browser.text
    browser.open("/log/?did=AA03")
    browser.find(".river-number").click()
    browser.press("Open the sealed words")

    assert "27 events" in of_testimony
    assert "The witness said no" in of_testimony
    assert "wells AND road" in browser.text


def test_an_auditor_takes_a_checkpoint_and_checks_the_log_against_it(sign_in: SignIn) -> None:
    browser = sign_in("auditor")
    browser.open("/log/checkpoints")
    browser.press("Take a checkpoint now")
    lines = browser.find("#body").text
    picture = browser.find(".qr svg").size["width"]

    browser.open("/log/check")
    browser.fill("A checkpoint that you kept", lines)
    browser.press("Check the log")

    assert picture > 150
    assert "It continues the checkpoint that you kept" in browser.text
    assert CODE not in browser.driver.title

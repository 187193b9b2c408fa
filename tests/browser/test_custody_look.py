"""The custodians' room as a custodian sees it: on a desk, on a telephone, at night, from the right, without
script.
"""

from collections.abc import Callable

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from testimony.domain.codes import new_code
from testimony.services.signin import SignIn as Door
from testimony.services.throttling import Throttle
from testimony.storage.consents import ConsentRow, DecisionRow, insert_consent
from testimony.storage.register import RegisterRow, insert_row
from testimony.web.wiring import Services
from tests.browser.conftest import DESK, PHONE, Browser
from tests.services.conftest import PASSWORD, Clock

SignIn = Callable[[str], Browser]

CODE = new_code("T", lambda below: below // 5)
PAGES = (
    "/custody/",
    "/custody/accounts",
    "/custody/accounts/new",
    "/custody/cases",
    "/custody/cases/new",
    "/custody/cases/CASE-1",
    "/custody/cases/CASE-1/walls",
    "/custody/grants",
    "/custody/grants/new",
    "/custody/register",
    "/custody/register/find?code=nonsense",
    "/custody/recovery",
    "/custody/recovery/sheets",
    "/custody/recovery/identity",
    f"/custody/register/{CODE}",
)


@pytest.fixture(autouse=True)
def testimony(services: Services, clock: Clock) -> None:
    """One released testimony whose witness allowed study."""
    session = Door(services.archive, Throttle()).sign_in("interviewer-1", PASSWORD, None, clock())
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
        minor=1,
        guardian_ok=1,
    )
    decisions = (DecisionRow("CP07", "granted"),)
    consent = ConsentRow(CODE, 1, "active", "2026-02-01", "fra", "CE01", "LB01", "2026-03-20", decisions)
    with session.work(clock()) as work:
        insert_row(work.connection, row)
        insert_consent(work.connection, consent)
    services.archive.release(session.archive.secrets)


def give_grant(browser: Browser) -> None:
    """Proposed by who is signed in, approved by the second custodian; then the first is signed in again."""
    browser.open("/custody/grants/new")
    Select(browser.find("#handle")).select_by_value("investigator-1")
    Select(browser.find("#case_id")).select_by_value("CASE-1")
    browser.find("input[value='CP07']").click()
    browser.fill("What it is needed for", "the office follows this case")
    browser.press("Sign and propose it")
    browser.press("Sign out")
    browser.sign_in("custodian_b")
    browser.open("/custody/grants")
    browser.press("investigator-1")
    browser.fill("Reason", "agreed")
    browser.fill("Your password", PASSWORD)
    browser.press("Sign and give it")
    browser.press("Sign out")
    browser.sign_in("custodian")
    browser.open("/custody/grants")


def test_the_room_is_accessible_by_day_and_by_night_and_nothing_complains(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    give_grant(browser)
    for path in PAGES:
        browser.open(path)
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            browser.assert_accessible()
        assert [said for said in browser.complaints() if "422" not in said] == [], path


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_sticks_out_on_a_narrow_telephone(sign_in: SignIn, language: str) -> None:
    browser = sign_in("custodian")
    browser.open(f"/?lang={language}")
    for path in PAGES:
        browser.open(path)
        browser.assert_no_horizontal_scroll()


def test_a_custodian_without_script_gives_a_grant_and_sees_who_can_read(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    browser.without_script()

    give_grant(browser)
    listed = browser.text
    browser.open("/custody/register")
    browser.driver.find_element(By.LINK_TEXT, CODE).click()

    assert "In force" in listed
    assert "Reads the released text for:" in browser.text


def test_a_one_time_code_is_large_and_prints_alone(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    browser.open("/custody/accounts/new")
    browser.fill("Name to sign in with", "new-reader")
    browser.fill("What colleagues call them", "A new reader")
    browser.find("input[value='investigator']").click()
    browser.press("Make the invitation")
    size = browser.driver.execute_script(
        "return parseFloat(getComputedStyle(document.querySelector('.code-large')).fontSize)"
    )
    browser.assert_accessible()

    browser.print_view()

    assert size >= 24
    assert browser.find(".code-large").is_displayed()
    assert not browser.find(".subnav").is_displayed()
    assert not browser.find(".bar").is_displayed()


def test_suspending_names_what_goes_and_asks_for_the_password(sign_in: SignIn) -> None:
    browser = sign_in("custodian")
    browser.open("/custody/accounts")
    browser.press("interviewer-2")

    browser.press("Suspend it now")
    asked = browser.find(".error-summary").text
    browser.fill("Reason", "left the team")
    browser.fill("Your password", PASSWORD)
    browser.press("Suspend it now")

    assert "Say why." in asked
    assert "Type your password." in asked
    assert "This account is stopped" in browser.text


@pytest.mark.parametrize(
    ("name", "page"), [("custodian", "/custody/register"), ("auditor", "/log/checkpoints")]
)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pages_of_a_room_are_one_line_on_a_telephone_and_open_without_script(
    sign_in: SignIn, name: str, page: str, language: str
) -> None:
    browser = sign_in(name)
    browser.open(f"/?lang={language}")
    browser.resize(PHONE)
    browser.without_script()
    browser.open(page)
    summary, here = browser.find(".subnav summary"), browser.find(".subnav [aria-current='page']")

    assert not here.is_displayed()
    assert 44 <= browser.find(".subnav").size["height"] < 80
    summary.send_keys(Keys.ENTER)
    assert here.is_displayed() and here.text in summary.text
    assert all(link.size["height"] >= 44 for link in (summary, *browser.find_all(".subnav a")))

    # Open where there is room, and reached by the keyboard.
    browser.resize(DESK)
    browser.open(page)
    assert browser.is_seen(browser.find(".subnav [aria-current='page']"))
    assert not browser.find(".subnav summary").is_displayed()
    browser.find("h1").click()
    ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    assert browser.driver.switch_to.active_element.find_element(
        By.XPATH, "./ancestor::nav"
    ).accessible_name == (browser.find(".subnav").accessible_name)

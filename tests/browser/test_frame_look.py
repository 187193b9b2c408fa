"""The pages of the frame as people see them: on a desk, on a telephone, at night, from the right, in print."""

from collections.abc import Callable

import pytest
from selenium.webdriver.common.keys import Keys

from testimony.domain.roles import Role
from testimony.web.rooms import Room
from testimony.web.wiring import DemoPerson
from tests.browser.conftest import DESK, PHONE, Browser
from tests.browser.shelf import make_shelf
from tests.services.conftest import PASSWORD

SignIn = Callable[[str], Browser]

OWN_PAGES = ("/", "/shelf/", "/account", "/account/password", "/account/code", "/nowhere")


@pytest.fixture
def rooms() -> tuple[Room, ...]:
    return (make_shelf([]),)


@pytest.fixture
def demo() -> tuple[DemoPerson, ...]:
    return (
        DemoPerson("interviewer-1", Role.INTERVIEWER, PASSWORD),
        DemoPerson("reviewer-1", Role.REVIEWER, PASSWORD),
    )


def test_pages_before_sign_in_are_accessible_by_day_and_by_night(browser: Browser) -> None:
    for path in ("/sign-in", "/enrol", "/signed-out", "/blank"):
        browser.open(path)
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            browser.assert_accessible()
        assert browser.complaints() == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_after_sign_in_are_accessible(sign_in: SignIn, scheme: str) -> None:
    browser = sign_in("reviewer")
    browser.prefer(prefers_color_scheme=scheme)
    for path in OWN_PAGES:
        browser.open(path)
        browser.assert_accessible()


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_nothing_sticks_out_on_a_narrow_telephone(sign_in: SignIn, language: str) -> None:
    browser = sign_in("reviewer")
    browser.open(f"/?lang={language}")
    for path in (*OWN_PAGES, "/enrol"):
        browser.open(path)
        browser.assert_no_horizontal_scroll()


def test_nothing_sticks_out_when_letters_are_twice_as_large(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")
    browser.resize((640, 900))

    browser.driver.execute_cdp_cmd("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})
    browser.driver.execute_script("document.documentElement.style.fontSize = '200%'")

    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= 640


def test_everything_that_is_pressed_is_large_enough_for_a_thumb(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.resize(PHONE)
    browser.open("/shelf/")

    small = browser.driver.execute_script(
        "return [...document.querySelectorAll('button, .button, .bar a, .languages a, .pager a, summary, .choice,"
        " input:not([type=hidden]):not([type=radio])')].filter(e => e.checkVisibility())"
        ".filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"
    )

    assert small == []


def test_testimony_is_set_larger_and_wider_than_the_rest(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    latin, arabic = style(browser, "#latin"), style(browser, "#arabic")

    assert latin[:2] == ("19px", "31.35px") and "Serif" in latin[2]
    assert arabic[:2] == ("21px", "39.9px") and "Naskh" in arabic[2]


def test_a_failed_form_puts_the_focus_on_what_is_wrong_and_leads_to_the_field(browser: Browser) -> None:
    browser.open("/sign-in")
    browser.press("Sign in")

    focused = browser.driver.switch_to.active_element
    assert "This did not go through" in focused.text
    browser.click("Type your password.")
    assert browser.driver.switch_to.active_element.get_attribute("id") == "password"


def test_the_first_tab_stop_skips_to_the_page_and_the_focus_is_seen(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")

    browser.find("body").send_keys(Keys.TAB)
    focused = browser.driver.switch_to.active_element

    assert focused.text == "Skip to the page"
    assert focused.value_of_css_property("outline-width") == "3px"


def test_print_shows_the_page_without_its_frame(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    browser.print_view()

    assert not browser.find(".bar").is_displayed()
    assert not browser.find(".footer").is_displayed()
    assert browser.find("h1").is_displayed()


def test_withheld_words_stay_solid_in_forced_colours(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    browser.prefer(forced_colors="active")

    assert browser.find(".token").value_of_css_property("background-color") == "rgba(51, 48, 44, 1)"


def test_a_graphic_account_is_shown_only_after_a_click(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    before = browser.find("#graphic").is_displayed()
    browser.find("summary").click()

    assert not before
    assert browser.find("#graphic").is_displayed()


def test_one_press_in_the_demonstration_makes_me_the_reviewer_without_script(browser: Browser) -> None:
    browser.without_script()
    browser.open("/sign-in")

    browser.press("Sign in as reviewer-1")

    assert browser.path == "/"
    assert "Reviewer 1" in browser.text


def test_no_page_asks_anything_of_another_machine(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    asked = browser.driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")

    assert asked
    assert {address.startswith(browser.address + "/") for address in asked} == {True}


def style(browser: Browser, css: str) -> tuple[str, str, str]:
    element = browser.find(css)
    size, height, family = (
        element.value_of_css_property(name) for name in ("font-size", "line-height", "font-family")
    )
    return size, height, family


def test_a_picture_shows_the_whole_page(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    head = browser.screenshot("shelf").read_bytes()[:24]

    assert head.startswith(b"\x89PNG")
    assert int.from_bytes(head[20:24], "big") > DESK[1]

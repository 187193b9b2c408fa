"""What the small scripts do: leaving in an instant, locking on time, saving while one writes."""

from collections.abc import Callable

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from testimony.web.rooms import Room
from testimony.web.wiring import Services
from tests.browser.conftest import Browser
from tests.browser.shelf import make_shelf
from tests.services.conftest import Clock

SignIn = Callable[[str], Browser]


@pytest.fixture
def kept() -> list[dict[str, str]]:
    return []


@pytest.fixture
def rooms(kept: list[dict[str, str]]) -> tuple[Room, ...]:
    return (make_shelf(kept),)


def test_shift_three_times_signs_out_and_leaves_nothing_to_go_back_to(
    sign_in: SignIn, services: Services
) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    press_shift(browser, 3)
    browser.until(lambda: browser.path == "/blank")

    assert browser.text == ""
    assert len(services.store) == 0
    browser.driver.back()
    browser.until(lambda: browser.path == "/sign-in")
    assert "Reviewer 1" not in browser.text


def test_capital_letters_are_no_reason_to_leave(sign_in: SignIn, services: Services) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    browser.find("#text").click()
    for letter in "TEN":
        ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(letter).key_up(Keys.SHIFT).perform()
    press_shift(browser, 2)

    assert browser.path == "/shelf/"
    assert len(services.store) == 1


def test_leaving_in_one_tab_blanks_the_others(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.open("/account")
    second = browser.driver.current_window_handle

    browser.driver.switch_to.window(first)
    browser.press("Leave quickly")
    browser.driver.switch_to.window(second)
    browser.until(lambda: browser.path == "/blank")
    blank = browser.text
    browser.driver.close()
    browser.driver.switch_to.window(first)

    assert blank == ""


def test_leaving_quickly_needs_no_script(sign_in: SignIn, services: Services) -> None:
    browser = sign_in("reviewer")
    browser.without_script()
    browser.open("/")

    browser.press("Leave quickly")

    assert browser.path == "/blank"
    assert len(services.store) == 0


def test_when_the_time_is_over_the_page_is_emptied(sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")
    clock.forward(minutes=16)

    tell_minutes(browser, 0)
    browser.until(lambda: browser.path == "/sign-in")

    assert "Every part" not in browser.text


def test_two_minutes_before_the_end_i_am_told(sign_in: SignIn) -> None:
    browser = sign_in("reviewer")
    before = browser.find("#lock-soon").text

    tell_minutes(browser, 2)

    assert before == ""
    assert browser.find("#lock-soon").text.startswith("The archive locks in 2 minutes.")
    assert browser.find("#lock-state").text == "Unlocked, 2 min"


def test_what_i_write_is_saved_while_i_write(sign_in: SignIn, kept: list[dict[str, str]]) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    browser.fill("The account", "سمعت the motorcycles")
    browser.until(lambda: "Sealed on this machine" in browser.text)

    assert kept[-1]["text"] == "سمعت the motorcycles"
    assert browser.complaints() == []


def test_when_saving_fails_the_page_says_so_and_tries_again(
    sign_in: SignIn, kept: list[dict[str, str]]
) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")
    kept.append({"disk": "full"})

    browser.fill("The account", "They came")
    browser.until(lambda: "Not saved. Trying again." in browser.text)
    kept.clear()
    browser.find("#text").send_keys(" before dawn")
    browser.until(lambda: "Sealed on this machine" in browser.text)

    assert kept[-1]["text"] == "They came before dawn"


def test_a_form_pressed_twice_is_sent_once(sign_in: SignIn, kept: list[dict[str, str]]) -> None:
    browser = sign_in("reviewer")
    browser.open("/shelf/")

    browser.driver.execute_script(
        "const button = document.querySelector('form[data-autosave] .actions button'); button.click(); button.click();"
    )
    browser.until(lambda: len(kept) > 0)
    browser.open("/shelf/")

    assert len(kept) == 1


def press_shift(browser: Browser, times: int) -> None:
    chain = ActionChains(browser.driver)
    for _ in range(times):
        chain = chain.key_down(Keys.SHIFT).key_up(Keys.SHIFT)
    chain.perform()


def tell_minutes(browser: Browser, minutes: int) -> None:
    event = "document.dispatchEvent(new CustomEvent('archive:minutes-left', {detail: arguments[0]}))"
    browser.driver.execute_script(event, minutes)

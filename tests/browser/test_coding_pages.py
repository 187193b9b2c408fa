"""Coding an act as somebody sees it and does it: by keyboard, on a phone, from right to left."""

from collections.abc import Callable
from random import Random

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from testimony.domain.places import PlaceId
from tests.browser.conftest import PHONE, Browser
from tests.browser.test_finding_room import ARABIC, ENGLISH
from tests.coded_accounts import coding, put_act
from tests.released_testimonies import Shelf
from tests.services.conftest import Clock, People, people

__all__ = ["people"]

SELECT_WORDS = """
const words = arguments[0];
const walker = document.createTreeWalker(document.querySelector("[data-account]"), NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const at = node.data.indexOf(words);
  if (at < 0) continue;
  const range = document.createRange();
  range.setStart(node, at);
  range.setEnd(node, at + words.length);
  const selection = document.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}
"""


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    shelf = Shelf(people, clock, Random(4))
    shelf.grant()
    return shelf.put(ENGLISH)


@pytest.fixture
def coder(code: str, sign_in: Callable[[str], Browser]) -> Browser:
    browser = sign_in("investigator")
    browser.open("/finding/purpose")
    browser.find("#purpose-CP07").click()
    browser.press("Read for this purpose")
    return browser


def test_an_act_is_coded_by_keyboard(coder: Browser, code: str) -> None:
    coder.open(f"/coding/{code}/act")
    coder.find("#act-filter").send_keys("poison" + Keys.ENTER)
    assert Select(coder.find("#violation")).first_selected_option.text.endswith("PRO.06")
    coder.driver.execute_script(SELECT_WORDS, "the wells were poisoned")
    ActionChains(coder.driver).key_down(Keys.ALT).send_keys("w").key_up(Keys.ALT).perform()
    assert coder.find("#begins").get_attribute("value") == "the wells were poisoned"
    coder.find("#basis-0").send_keys(Keys.SPACE)

    coder.find("#year").send_keys("2024" + Keys.ENTER)

    coder.until(lambda: coder.path == f"/coding/{code}")
    assert "the wells were poisoned" in coder.text
    assert coder.complaints() == []


def test_the_pages_are_accessible_and_fit_a_phone(
    coder: Browser, code: str, people: People, clock: Clock
) -> None:
    put_act(people["investigator"], code, clock, coding(place=PlaceId("ML"), when="2024-11~"))

    for name, address in (("account", f"/coding/{code}"), ("act", f"/coding/{code}/act")):
        coder.resize((1280, 900))
        coder.open(address)
        coder.screenshot(name)
        coder.assert_accessible()
        coder.assert_no_horizontal_scroll()
        coder.screenshot(f"{name}-phone")
    assert coder.complaints() == []


def test_the_form_reads_from_right_to_left_and_in_the_dark(
    people: People, clock: Clock, code: str, coder: Browser
) -> None:
    arabic = Shelf(people, clock, Random(6)).put(ARABIC, register={"language": "arb"})
    put_act(people["investigator"], arabic, clock, coding(place=PlaceId("ML")))

    coder.open(f"/coding/{arabic}?lang=ar")
    coder.screenshot("account-arabic")
    coder.prefer(prefers_color_scheme="dark")
    coder.open(f"/coding/{arabic}/act")
    coder.assert_accessible()
    coder.screenshot("act-arabic-dark")
    coder.resize(PHONE)
    coder.assert_no_horizontal_scroll()
    assert coder.find("html").get_attribute("dir") == "rtl"


def test_without_script_everything_is_there(coder: Browser, code: str) -> None:
    coder.without_script()
    coder.open(f"/coding/{code}/act")
    Select(coder.find("#violation")).select_by_value("PRO.06")
    coder.find("#begins").send_keys("the wells were poisoned")
    coder.find("#basis-0").click()
    coder.find("#place_words").send_keys("Mali")
    coder.press("Find places")
    coder.find("input[name=place][value=ML]").click()

    coder.find(".coding-form > .actions button").click()

    coder.until(lambda: coder.path == f"/coding/{code}")
    assert "Mali" in coder.text

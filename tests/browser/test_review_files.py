"""Boxes over a picture with a real browser: by mouse, by keyboard alone, and pages that everybody can use."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from testimony.domain.purposes import Audience
from testimony.services.derivatives import files_of
from testimony.services.proposing import detect_nothing
from testimony.services.text_copies import Withheld, make_text, open_text
from tests.browser.conftest import DESK, Browser
from tests.file_copies import copied, with_photograph
from tests.media import documents
from tests.recipients_room import account_with_file, approved_handing, named, own_copy, sealed
from tests.services.conftest import Clock, People, people

__all__ = ["people"]


def numbers(browser: Browser) -> list[float]:
    """Left, top, width and height of the first row, in per cent."""
    names = ("left", "top", "width", "height")
    return [float(browser.find(f'[name="{name}"]').get_attribute("value") or "nan") for name in names]


def choose_partners(browser: Browser) -> None:
    browser.find('input[name="audience"][value="partner"]').click()


def test_a_box_drawn_with_the_mouse_is_where_it_was_drawn(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = with_photograph(people, clock)
    browser.resize(DESK)
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/files/1/copy")
    browser.press("Show the file")
    picture = browser.find("[data-picture]")
    browser.until(lambda: picture.size["width"] > 100)

    width, height = picture.size["width"], picture.size["height"]
    draw = ActionChains(browser.driver).move_to_element_with_offset(picture, -width // 4, -height // 4)
    draw.click_and_hold().move_by_offset(width // 2, height // 4).release().perform()

    assert numbers(browser) == pytest.approx([25, 25, 50, 25], abs=1.5)
    choose_partners(browser)
    browser.press("Make the version")
    assert "another reviewer must look at it" in browser.text
    assert len(files_of(people["reviewer"], code, clock()).copies) == 1
    assert browser.complaints() == []


def test_a_box_is_added_moved_made_larger_and_removed_by_keyboard_alone(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = with_photograph(people, clock)
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/files/1/copy?shown=1")

    browser.find("[data-add]").send_keys(Keys.ENTER)
    move = ActionChains(browser.driver).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    move.key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()

    assert numbers(browser) == [41, 42, 21, 20]
    assert "Box 1" in (browser.find(".boxes-box").get_attribute("aria-label") or "")
    ActionChains(browser.driver).send_keys(Keys.DELETE).perform()
    assert not browser.find_all(".boxes-box") and browser.complaints() == []


def test_the_pages_of_files_are_accessible_and_fit_a_telephone(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = with_photograph(people, clock)
    copy = copied(people, clock, code)
    browser.sign_in("reviewer_b")

    for page in (
        f"{code}/files/",
        f"{code}/files/1/copy?shown=1",
        f"copies/{copy}",
        f"copies/{copy}?shown=1",
    ):
        browser.open(f"/review/{page}")
        browser.assert_accessible()
        browser.assert_no_horizontal_scroll()
        browser.resize(DESK)


def test_words_selected_in_a_text_go_into_a_row_and_the_page_fits_a_telephone(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = with_photograph(
        people, clock, documents.html("Zuhra kept the well."), kind="XK08", mime="text/html"
    )
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/files/1/text?shown=1")
    browser.assert_accessible()

    browser.driver.execute_script(
        "const words = document.createTreeWalker(document.querySelector('[data-words]'), NodeFilter.SHOW_TEXT);"
        "let node = words.nextNode(); while (!node.data.includes('kept')) node = words.nextNode();"
        "const at = node.data.indexOf('kept'); document.getSelection().setBaseAndExtent(node, at, node, at + 8)"
    )
    browser.click("Withhold the selected words")

    rows = [row.get_attribute("value") for row in browser.find_all('[name="words"]')]
    assert "kept the" in rows and browser.complaints() == []
    browser.assert_no_horizontal_scroll()


def test_a_text_is_compared_by_keyboard_and_handed_over_on_pages_that_fit_a_telephone(
    browser: Browser, people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    own_copy(people, clock, code, who)
    approved_handing(people, clock, code, kept)
    told = "Zuhra kept the well. " * 80
    letter = with_photograph(people, clock, documents.html(told), kind="XK08", mime="text/html")
    seen = open_text(people["reviewer"], letter, 1, (), (), clock(), detect_nothing)
    withheld = (Withheld("Zuhra", "X.2"),)
    copy = make_text(people["reviewer"], letter, 1, Audience.PARTNER, withheld, (), seen.sha256, clock(), "")
    browser.sign_in("reviewer_b")

    for page in (
        f"copies/{copy}/compare",
        f"{code}/sealed/{kept}",
        f"{code}/sealed/{kept}/hand-over",
        f"{code}/residual/partner",
    ):
        browser.open(f"/review/{page}")
        browser.assert_accessible()
        browser.assert_no_horizontal_scroll()

    browser.resize(DESK)
    browser.open(f"/review/copies/{copy}/compare")
    browser.find('li[id="mark-70"] a').send_keys(Keys.ENTER)
    place = browser.driver.execute_script("return location.hash.slice(1)")
    assert browser.find(f'[id="{place}"]').text == "Zuhra"
    browser.find(f'[id="{place}"]').send_keys(Keys.ENTER)
    assert browser.driver.execute_script("return location.hash") == "#mark-70"
    browser.press("Now read the result alone")
    assert "Zuhra" not in browser.text and "Approve it?" in browser.text
    assert browser.complaints() == []

"""The finding room as an investigator sees it and moves in it."""

from collections.abc import Callable
from random import Random

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from testimony.storage.consents import DecisionRow
from testimony.web.finding import ROOM
from testimony.web.rooms import Room
from tests.browser.conftest import PHONE, Browser
from tests.released_testimonies import Shelf
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, people

__all__ = ["people"]

FRENCH = (
    "Ils sont venus le jour du marché, avant la prière de l'après-midi. J'ai vu [soldier 1] et [soldier 2] "
    "pousser [relative] dans un pick-up gris. Ils ont brûlé les boutiques et empoisonné le puits de [area or month]."
    "\n\nNous avons marché deux nuits vers le nord. Les enfants ne parlaient pas."
)
ARABIC = "جاؤوا في الصباح وأحرقوا البيوت قرب البئر. رأيت [soldier 1] يأخذ الرجال الخمسة إلى [place withheld]."
ENGLISH = (
    "It was market day. At about eight in the morning I heard engines from the north. The soldiers came first, "
    'then men with covered faces. They shouted, "Who feeds them?" I do not know how many they were.\n\n'
    "They took five men from the row of shops, then the shops burned. They slept two nights in the school. When "
    "they left the wells were poisoned; we smelled it before we saw the goats.\n\n"
    "I rang his number every evening. It rings and nobody speaks. [victim 1] lived beside the wells of "
    "[place withheld]."
)
HARD = "They asked about the wells and beat [victim 1] until he could not stand."


@pytest.fixture
def rooms() -> tuple[Room, ...]:
    return (ROOM,)


@pytest.fixture
def shelf(people: People, clock: Clock) -> Shelf:
    shelf = Shelf(people, clock, Random(21))
    limits = (DecisionRow("CP07", "granted_with_conditions", ("CC01", "CC04"), valid_until="2026-12-31"),)
    shelf.put(
        ENGLISH,
        decisions=limits,
        release={"hides_named_details": 1, "number": 2, "withheld": '{"X.1":1,"X.2":2,"X.10":1,"X.8":1}'},
    )
    shelf.put(
        FRENCH, register={"language": "fra", "month": "2025-09"}, release={"withheld": '{"B.2":1,"X.5":2}'}
    )
    shelf.put(
        ARABIC, register={"language": "arb", "month": "2025-10"}, release={"withheld": '{"X.10":1,"X.5":1}'}
    )
    shelf.put(HARD, register={"warning": "CW02"}, release={"withheld": '{"X.2":1}'})
    shelf.grant()
    return shelf


@pytest.fixture
def reader(shelf: Shelf, sign_in: Callable[[str], Browser]) -> Browser:
    """An investigator who reads for internal study, at the search page."""
    browser = sign_in("investigator")
    browser.open("/finding/purpose")
    browser.find("#purpose-CP07").click()
    browser.press("Read for this purpose")
    return browser


def ask(browser: Browser, query: str) -> None:
    page = browser.find("html")
    browser.find("#query").clear()
    browser.find("#query").send_keys(query + Keys.ENTER)
    WebDriverWait(browser.driver, 15).until(staleness_of(page))


def appears(browser: Browser, css: str) -> None:
    browser.until(lambda: bool(browser.find_all(css)))


def test_by_keyboard_alone_from_the_field_into_the_list_and_the_text(reader: Browser) -> None:
    reader.find("body").send_keys("/")
    reader.driver.switch_to.active_element.send_keys("wells" + Keys.ENTER)
    appears(reader, "[data-hit]")
    reader.find("#query").send_keys(Keys.ARROW_DOWN)
    reader.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    second = reader.find_all("[data-hit]")[1]

    assert reader.driver.switch_to.active_element == second
    code = second.text
    second.send_keys(Keys.ENTER)
    appears(reader, f'#reading[data-code="{code}"]')
    assert "/finding/testimony/" not in reader.path
    reader.find("body").send_keys(Keys.ESCAPE)
    assert not reader.find("#reading-pane").is_displayed()
    assert reader.driver.switch_to.active_element == second


@pytest.fixture
def many(shelf: Shelf) -> Shelf:
    """Enough that counting them points at nobody."""
    for number in range(12):
        act = ("PRO", "PRO.03") if number % 2 else ("KIL", "KIL.01")
        shelf.describe(shelf.put(f"{ENGLISH} Year {number}."), "Pillage" if number % 2 else "", act=act)
    return shelf


def keys(browser: Browser, *pressed: str) -> None:
    """Press keys one by one, wherever the focus is."""
    for key in pressed:
        browser.driver.switch_to.active_element.send_keys(key)


def tab_to(browser: Browser, css: str) -> None:
    """Go on with the Tab key until the focus is there; 60 steps at most."""
    for _ in range(60):
        if browser.driver.switch_to.active_element in browser.find_all(css):
            return
        keys(browser, Keys.TAB)
    raise AssertionError(f"the Tab key does not lead to {css}")


def test_from_sign_in_to_reading_a_hit_through_a_facet_by_keyboard_alone(
    many: Shelf, browser: Browser
) -> None:
    browser.open("/sign-in")
    tab_to(browser, "#handle")
    keys(browser, HANDLES["investigator"], Keys.TAB, PASSWORD, Keys.ENTER)
    appears(browser, ".waiting")
    tab_to(browser, "a[href='/finding/']")
    keys(browser, Keys.ENTER)
    appears(browser, "#purpose-CP07")
    tab_to(browser, "#purpose-CP07")
    keys(browser, Keys.SPACE, Keys.ENTER)
    appears(browser, "#query")
    keys(browser, "/", "wells", Keys.ENTER)
    appears(browser, "[data-facet]")

    keys(browser, "f")
    while browser.driver.switch_to.active_element.get_attribute("value") != "act:PRO":
        keys(browser, Keys.ARROW_DOWN)
    keys(browser, Keys.ENTER)
    appears(browser, ".chosen")
    browser.until(lambda: browser.driver.switch_to.active_element.get_attribute("id") == "results")
    keys(browser, "s", Keys.ARROW_DOWN, Keys.ENTER)
    browser.until(lambda: "told last" in browser.find(".sorting summary").text)
    browser.until(lambda: browser.driver.switch_to.active_element.get_attribute("id") == "results")
    keys(browser, Keys.ARROW_DOWN)
    first = browser.find("[data-hit]").text
    keys(browser, Keys.ENTER)
    appears(browser, f'#reading[data-code="{first}"]')
    keys(browser, ".")
    browser.until(lambda: browser.path.startswith(f"/finding/testimony/{first}/similar"))

    assert browser.complaints() == []


def test_the_facets_are_one_fold_on_a_phone_and_open_on_a_desk(many: Shelf, reader: Browser) -> None:
    ask(reader, "wells")
    on_a_desk = reader.find("[data-facet]").is_displayed()

    reader.resize(PHONE)
    ask(reader, "wells")
    folded = reader.find("[data-facet]").is_displayed()
    reader.find("[data-facets] > summary").click()

    assert (on_a_desk, folded) == (True, False)
    assert reader.find("[data-facet]").is_displayed()
    reader.assert_no_horizontal_scroll()


def test_letters_are_letters_once_the_keys_are_turned_off(many: Shelf, reader: Browser) -> None:
    reader.open("/finding/help")
    reader.press("Turn / f s . off")
    reader.open("/finding/")
    ask(reader, "wells")

    reader.find("body").send_keys("s")

    assert reader.find("[data-sorting]").get_attribute("open") is None


def test_the_arrow_keys_turn_from_one_text_to_the_next_as_in_a_book(reader: Browser) -> None:
    ask(reader, "wells OR puits")
    first, second = (link.text for link in reader.find_all("[data-hit]")[:2])
    reader.find("[data-hit]").click()
    appears(reader, f'#reading[data-code="{first}"]')

    reader.find("#reading-pane").send_keys(Keys.ARROW_RIGHT)
    appears(reader, f'#reading[data-code="{second}"]')
    reader.find("#reading-pane").send_keys(Keys.ARROW_LEFT)
    appears(reader, f'#reading[data-code="{first}"]')

    assert len(reader.find_all("#reading")) == 1
    assert len(reader.find_all(".hit[data-open]")) == 1


def test_without_script_the_way_from_purpose_to_text_is_the_same(
    shelf: Shelf, sign_in: Callable[[str], Browser]
) -> None:
    browser = sign_in("investigator")
    browser.without_script()
    browser.open("/finding/")
    browser.find("#purpose-CP07").click()
    browser.press("Read for this purpose")
    ask(browser, "beat")
    browser.find("[data-hit]").click()
    warned = browser.text
    browser.press("Show the account")

    assert "Nothing of it is shown until you say so" in warned
    assert "They asked about the wells" in browser.text


def test_on_a_phone_the_text_opens_on_its_own_page(reader: Browser) -> None:
    reader.resize(PHONE)
    ask(reader, "puits")

    reader.find("[data-hit]").click()
    appears(reader, "#reading")

    assert reader.path.startswith("/finding/testimony/")
    assert "Ils sont venus le jour du marché" in reader.text
    reader.assert_no_horizontal_scroll()


def test_a_text_is_printed_from_the_page_for_paper_and_from_no_other(reader: Browser) -> None:
    reader.resize(PHONE)
    ask(reader, "puits")
    reader.find("[data-hit]").click()
    appears(reader, "#reading")
    reader.print_view()
    on_screen_page = reader.find(".testimony").is_displayed()

    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    reader.press("Print")
    reader.assert_accessible()
    reader.assert_no_horizontal_scroll()
    reader.print_view()

    assert not on_screen_page
    assert "Ils sont venus le jour du marché" in reader.find(".testimony").text
    assert not reader.find(".no-print").is_displayed()
    assert reader.complaints() == []


def test_the_excerpt_of_a_graphic_account_stays_hidden_until_it_is_asked_for(reader: Browser) -> None:
    ask(reader, "beat")
    excerpt = reader.find(".excerpt")
    before = excerpt.is_displayed()

    reader.find(".hit-hidden summary").click()

    assert not before
    assert excerpt.is_displayed()


def test_a_graphic_account_opens_beside_the_list_after_its_warning(reader: Browser) -> None:
    ask(reader, "beat")
    reader.find("[data-hit]").click()
    appears(reader, "#reading form")
    warned = reader.find("#reading").text

    reader.click("Show the account")
    appears(reader, "#reading .reading-text")

    assert "Before you read" in warned and "They asked" not in warned
    assert "They asked about the wells" in reader.find("#reading").text
    assert reader.path.startswith("/finding/found/")


def test_every_page_of_the_room_is_accessible(many: Shelf, reader: Browser) -> None:
    for page in ("/finding/purpose", "/finding/", "/finding/help", "/finding/saved/", "/finding/originals/"):
        reader.open(page)
        reader.assert_accessible()
    reader.open("/finding/")
    ask(reader, "wells OR puits OR البئر OR (")
    reader.assert_accessible()
    reader.find("[data-facet]").click()
    appears(reader, ".chosen")
    keys(reader, "s")
    reader.assert_accessible()
    reader.find("[data-hit]").click()
    appears(reader, "#reading")
    reader.assert_accessible()
    reader.press("Similar testimonies")
    reader.assert_accessible()
    assert reader.complaints() == []
    reader.prefer(prefers_color_scheme="dark")
    reader.open("/finding/")
    ask(reader, "Wells")
    reader.assert_accessible()


def test_a_search_is_saved_and_its_pages_are_accessible(many: Shelf, reader: Browser) -> None:
    ask(reader, "wells")
    reader.press("Save this search")
    reader.assert_accessible()
    reader.fill("What you call it", "Wells of the north")
    reader.press("Save this search")

    reader.assert_accessible()
    assert "Wells of the north" in reader.text
    reader.assert_no_horizontal_scroll()
    reader.press("Forget it")
    reader.assert_accessible()
    reader.press("Forget it")
    assert "You have saved no search." in reader.text

"""The review room with a real browser: the keyboard alone, a telephone, a text from right to left, no script at all."""

import time
from functools import partial

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from testimony.domain.purposes import Audience
from testimony.domain.statement import ProtectItem
from testimony.services.approving import propose
from testimony.services.redacting import Cover, mark_words
from tests.browser.conftest import DESK, PHONE, Browser
from tests.review_room import ACCOUNT, accept_all, handed_in, marks, taken, turn
from tests.services.conftest import Clock, People, people

__all__ = ["people"]

LONG = "\n\n".join(
    f"{ACCOUNT}\n\nThat was day {n}. We walked towards the old fort and nobody spoke of it."
    for n in range(120)
)
MIXED = (
    "كنت عند البئر مع يوسف أولدنبك في الصباح.\n\n"
    "قال لي Yusuf Oldenbeck إن الرقم ٠٦١٢٣٤٥٦٧٨ هو رقمه.\n\n"
    "سمعت الطلقات من وراء الجدار."
)


def revision(browser: Browser) -> str:
    return str(browser.find("[data-revision]").get_attribute("value"))


def keys(browser: Browser, *pressed: str) -> None:
    """Press single keys on the page, one after the other, each when the act before is done."""
    for key in pressed:
        before = revision(browser)
        ActionChains(browser.driver).send_keys(key).perform()
        if key in "arARsu[]{}":
            browser.until(partial(_has_moved_on, browser, before))


def _has_moved_on(browser: Browser, before: str) -> bool:
    return revision(browser) != before


def select(browser: Browser, words: str) -> None:
    """Select words of the original as a mouse or a finger would."""
    browser.driver.execute_script(
        """
        const pane = document.querySelector('[data-pane="original"]');
        const walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const at = walker.currentNode.data.indexOf(arguments[0]);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + arguments[0].length);
          const selection = document.getSelection();
          selection.removeAllRanges();
          selection.addRange(range);
          break;
        }
        """,
        words,
    )


def result(browser: Browser) -> str:
    return browser.find('[data-pane="result"]').text


def test_an_account_is_redacted_with_the_keyboard_alone(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")
    assert "3 suggestions to decide" in browser.text

    keys(browser, "n", "A", "a")
    assert "Every suggestion is decided" in browser.text
    assert "Tadfest" not in result(browser) and "Inekar" not in result(browser)
    keys(browser, "m")
    ActionChains(browser.driver).send_keys("Yusuf Oldenbeck", Keys.ENTER).perform()
    browser.until(lambda: "Yusuf" not in result(browser))
    keys(browser, "u")
    browser.until(lambda: "Yusuf Oldenbeck" in result(browser))

    decided = [m.decision for m in marks(people["reviewer"], code)]
    assert decided == ["accepted"] * 3
    assert browser.complaints() == []


def test_selected_words_are_withheld_at_their_own_place(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock(), MIXED)
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")

    select(browser, "٠٦١٢٣٤٥٦٧٨")
    browser.click("Withhold selected words")
    browser.find("#new-mark form").submit()
    browser.until(lambda: bool(browser.find_all(".review-line")))

    (mark,) = marks(people["reviewer"], code)
    assert MIXED[mark.start : mark.end] == "٠٦١٢٣٤٥٦٧٨"
    assert "٠٦١٢٣٤٥٦٧٨" not in result(browser)


def test_a_mark_grows_and_takes_all_mentions_by_keys(browser: Browser, people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), ACCOUNT, protect=())
    mark_words(reviewer, turn(reviewer, code), "Amellal", 1, Cover("X.1", Audience.PARTNER), clock())
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")

    keys(browser, "n", "[", "s")

    quotes = [ACCOUNT[m.start : m.end] for m in marks(reviewer, code)]
    assert quotes == ["Tadfest Amellal", "Tadfest Amellal"]
    assert len(browser.find_all(".review-line")) == 2


def test_a_step_from_an_old_window_is_said_and_not_taken(
    browser: Browser, people: People, clock: Clock
) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock())
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")
    mark_words(reviewer, turn(reviewer, code), "lorries", 0, Cover("X.4", Audience.PARTNER), clock())

    ActionChains(browser.driver).send_keys("n", "a").perform()

    browser.until(lambda: "changed in another window" in browser.find("#said").text)


def test_both_texts_scroll_together_in_a_long_account(browser: Browser, people: People, clock: Clock) -> None:
    """Ten thousand words, with an act answered while the hand is still on the key."""
    code = taken(
        people["interviewer"],
        people["reviewer"],
        clock(),
        LONG,
        protect=(ProtectItem("Inekar", "VILLAGE_ORIGIN"),),
    )
    browser.sign_in("reviewer")
    browser.resize(DESK)
    browser.open(f"/review/{code}/")

    browser.find('[data-scroll="original"]').click()
    browser.driver.execute_script("""
        const pane = document.querySelector('[data-scroll="original"]');
        pane.dispatchEvent(new Event('wheel'));
        pane.scrollTop = pane.scrollHeight / 2;
    """)
    top = "return document.querySelector('[data-scroll=\"result\"]').scrollTop"
    browser.until(lambda: browser.driver.execute_script(top) > 1000)
    started = time.perf_counter()
    keys(browser, "n", "a")

    assert time.perf_counter() - started < 3


@pytest.mark.parametrize("page", ["queue", "workspace", "compare", "alone", "releasing"])
def test_the_pages_are_accessible_and_fit_a_telephone(
    browser: Browser, people: People, clock: Clock, page: str
) -> None:
    first, second = people["reviewer"], people["reviewer_b"]
    code = taken(people["interviewer"], first, clock(), f"{ACCOUNT}\n\n{MIXED}", protect=())
    mark_words(first, turn(first, code), "Yusuf Oldenbeck", 1, Cover("X.2", Audience.PARTNER), clock())
    set_id = propose(first, turn(first, code), Audience.PARTNER, clock())
    handed_in(people["interviewer"], clock(), warning="CW02")
    addresses = {
        "queue": "/review/",
        "workspace": f"/review/{code}/",
        "compare": f"/review/layers/{set_id}/compare",
        "alone": f"/review/layers/{set_id}/alone",
        "releasing": f"/review/{code}/release/partner",
    }
    browser.sign_in("reviewer" if page == "workspace" else "reviewer_b")
    browser.open(addresses["compare"])
    browser.open(addresses[page])

    browser.assert_accessible()
    browser.screenshot(f"review-{page}")
    browser.assert_no_horizontal_scroll()
    browser.screenshot(f"review-{page}-phone")

    assert browser.complaints() == []
    assert second.account.id != first.account.id


def test_the_workspace_needs_no_script(browser: Browser, people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    browser.without_script()
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")

    browser.press("Withhold all 2")
    browser.find("#new-mark summary").click()
    browser.fill("Words to withhold", "Yusuf Oldenbeck")
    browser.find("#new-mark form button").click()
    browser.until(lambda: len(browser.find_all(".review-accepted")) == 3)

    assert "Yusuf" not in result(browser)


def test_on_a_telephone_the_tools_stay_within_reach(browser: Browser, people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    browser.sign_in("reviewer")
    browser.resize(PHONE)
    browser.open(f"/review/{code}/")

    select(browser, "two lorries")
    browser.driver.find_element(By.CSS_SELECTOR, '[data-do="mark"]').click()
    browser.find("#new-mark form button").click()
    browser.until(lambda: "two lorries" not in result(browser))

    assert len(marks(people["reviewer"], code)) == 4

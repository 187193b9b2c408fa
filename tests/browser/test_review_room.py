"""The review room with a real browser: the keyboard alone, a telephone, a text from right to left, no script at all."""

import time
from functools import partial

import pytest
import sqlalchemy as sa
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from testimony.domain.purposes import Audience
from testimony.domain.statement import ProtectItem
from testimony.services.approving import propose
from testimony.services.redacting import Cover, mark_words
from testimony.services.sessions import Session
from testimony.storage import redactions
from tests.browser.conftest import DESK, PHONE, Browser
from tests.review_room import ACCOUNT, PROTECT, accept_all, handed_in, marks, taken, turn
from tests.services.conftest import Clock, People, people

__all__ = ["people"]

LONG = "\n\n".join(
    f"{ACCOUNT}\n\nThat was day {n}. We walked towards the old fort and nobody spoke of it."
    for n in range(120)
)
FILLING = (
    "That was day {}. We walked towards the old fort and nobody spoke of it. The children carried water and the old "
    "people were left under the trees until the evening, when it was cooler and the road was empty. In the night we "
    "heard engines again, and my sister said that we must go on before it was light."
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


def press(browser: Browser, *pressed: str) -> None:
    """Press keys and type words, without waiting for what they do."""
    for part in pressed:
        ActionChains(browser.driver).send_keys(part).perform()


def acts(session: Session, code: str) -> list[str]:
    """The kinds of acts on an account, in their order."""
    with session.reading() as connection:
        query = sa.select(redactions.ACTS.c.kind).where(redactions.ACTS.c.code == code)
        return list(connection.execute(query.order_by(redactions.ACTS.c.act_id)).scalars())


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
    return str(browser.find('[data-pane="result"]').get_property("textContent"))


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


def test_ten_thousand_words_are_redacted_and_proposed_with_the_keyboard_alone(
    browser: Browser, people: People, clock: Clock
) -> None:
    text = "\n\n".join(f"{ACCOUNT}\n\n{FILLING.format(day)}" for day in range(110))
    assert len(text.split()) > 10_000
    code = taken(people["interviewer"], people["reviewer"], clock(), text, protect=PROTECT)
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")
    assert browser.find("#undecided").text == "330 suggestions to decide"

    keys(browser, "n", "A", "R")
    assert browser.find("#undecided").text == "Every suggestion is decided"
    keys(browser, "u", "A")
    press(browser, "m", "Yusuf Oldenbeck", Keys.ENTER)
    browser.until(lambda: "Yusuf" not in result(browser))
    press(browser, "c", "Place", Keys.ENTER)
    browser.until(lambda: "changed" in acts(people["reviewer"], code))
    keys(browser, "]", "u")
    press(browser, "n", "n")
    browser.find('[data-propose="partner"] button').send_keys(Keys.ENTER)
    browser.until(
        lambda: "Proposed; another reviewer must look at it." in browser.find(".review-layers").text
    )

    kept = marks(people["reviewer"], code)
    assert {text[m.start : m.end] for m in kept} == {"Tadfest Amellal", "Inekar", "Yusuf Oldenbeck"}
    assert len(kept) == 440 and {m.decision for m in kept} == {"accepted"}
    assert acts(people["reviewer"], code)[-2:] == ["stretched", "undone"]
    assert browser.complaints() == []


def test_what_was_begun_is_there_after_the_page_is_lost(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")

    press(browser, "m", "two lorries")
    browser.find("#note").send_keys("Look at the lorries")
    browser.until(lambda: "sealed on this machine" in browser.find("[data-begun-state]").text)
    browser.driver.get("about:blank")
    browser.open(f"/review/{code}/")

    assert browser.find("#words").get_attribute("value") == "two lorries"
    assert browser.find("#note").get_attribute("value") == "Look at the lorries"
    browser.find("#words").send_keys(Keys.ENTER)
    browser.until(lambda: "two lorries" not in result(browser))


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

    keys(browser, "n", "[")
    ActionChains(browser.driver).send_keys("s").perform()
    browser.until(lambda: "1 more place says the same" in browser.find("#mentions").text)
    keys(browser, Keys.ENTER)
    browser.until(lambda: len(browser.find_all(".review-line")) == 2)

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
    assert len(browser.find_all(".review-line.review-proposed")) == 3
    assert len(browser.find_all(".mark.mark-proposed")) == 3


def test_keys_faster_than_the_archive_answers_are_done_in_their_order(
    browser: Browser, people: People, clock: Clock
) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    browser.sign_in("reviewer")
    browser.open(f"/review/{code}/")

    ActionChains(browser.driver).send_keys("narau").perform()
    browser.until(lambda: acts(people["reviewer"], code)[-1:] == ["undone"])
    browser.until(lambda: browser.find("#undecided").text == "1 suggestion to decide")

    assert [m.decision for m in marks(people["reviewer"], code)] == ["accepted", "rejected", "proposed"]
    assert len(browser.find_all(".review-line.review-proposed")) == 1


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


def test_the_text_for_the_witness_alone_goes_to_paper(browser: Browser, people: People, clock: Clock) -> None:
    first = people["reviewer"]
    code = taken(people["interviewer"], first, clock(), f"{ACCOUNT}\n\n{MIXED}", protect=PROTECT)
    accept_all(first, code, clock())
    set_id = propose(first, turn(first, code), Audience.PARTNER, clock())
    browser.sign_in("reviewer_b")
    browser.open(f"/review/layers/{set_id}/witness")

    assert code in browser.text and code not in browser.driver.title
    browser.assert_accessible()
    browser.assert_no_horizontal_scroll()
    browser.print_view()

    shown = browser.find("body").text
    assert "I heard the shots from the wall." in shown and "سمعت الطلقات" in shown
    assert shown == browser.find(".witness-text").text
    assert "Tadfest" not in shown and code not in shown and "Printing" not in shown
    assert browser.complaints() == []

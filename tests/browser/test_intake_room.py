"""The intake room as somebody in front of a screen meets it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.keys import Keys

from testimony.services.archives import Archive
from testimony.services.drafts import Step
from testimony.services.intake import open_draft, own_submissions
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from tests.browser.conftest import PHONE, Browser
from tests.services.conftest import HANDLES, PASSWORD, Clock
from tests.services.intake_answers import IDENTITY, change, type_draft

SignedIn = Callable[[str], Browser]
PAGES = (
    "before",
    "earlier",
    "explanation",
    "consent",
    "consent/conditions",
    "account",
    "account/basis",
    "protect",
    "identity",
    "files",
    "closing",
    "check",
    "discard",
)


@pytest.fixture
def interviewer(archive: Archive, clock: Clock) -> Session:
    """The same person at another machine: what the test lays out, and looks at afterwards."""
    return SignIn(archive, Throttle()).sign_in(HANDLES["interviewer"], PASSWORD, None, clock())


@pytest.fixture
def draft(interviewer: Session, clock: Clock) -> str:
    """A whole draft, and its id."""
    return type_draft(
        interviewer,
        clock(),
        consent={"decision-CP06": "granted", "decision-CP05": "granted"},
        identity=IDENTITY,
    )


def stored(interviewer: Session, draft: str, step: Step) -> dict[str, object]:
    return dict(open_draft(interviewer, draft, datetime.now(UTC)).answers(step).values)


def test_every_page_of_a_draft_is_accessible_and_fits_a_telephone(sign_in: SignedIn, draft: str) -> None:
    browser = sign_in("interviewer")

    for page in PAGES:
        browser.open(f"/intake/drafts/{draft}/{page}")
        browser.assert_accessible()
        browser.assert_no_horizontal_scroll()
    browser.open("/intake/")
    browser.assert_accessible()
    browser.assert_no_horizontal_scroll()
    assert browser.complaints() == []


def test_what_is_typed_is_saved_without_a_button(sign_in: SignedIn, interviewer: Session, draft: str) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/account")

    browser.find("#text").send_keys(Keys.END, " And then it rained.")
    browser.until(lambda: "Sealed on this machine" in browser.text)
    browser.find("#text").send_keys(" For two days.")
    browser.until(lambda: "two days" in str(stored(interviewer, draft, Step.ACCOUNT)["text"]))

    assert "it rained." in str(stored(interviewer, draft, Step.ACCOUNT)["text"])
    assert browser.complaints() == []


def test_a_button_pressed_right_after_typing_saves_too(
    sign_in: SignedIn, interviewer: Session, draft: str
) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/protect")

    browser.find("#protect-1-text").send_keys("the well")
    browser.press("Save and go on")

    assert browser.path.endswith("/identity")
    assert "the well" in str(stored(interviewer, draft, Step.PROTECT))


def test_another_window_does_not_lose_what_was_typed_in_this_one(
    sign_in: SignedIn, interviewer: Session, draft: str, clock: Clock
) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/account")
    change(interviewer, draft, Step.ACCOUNT, clock(), text="From the other window.")

    browser.find("#text").send_keys(Keys.END, " From this window.")
    browser.until(lambda: "changed in another window" in browser.text)
    browser.press("Save and go on")

    assert "From the other window." in browser.text
    assert "From this window." in browser.text
    browser.assert_accessible()
    browser.press("Keep what I typed here")
    assert "From this window." in str(stored(interviewer, draft, Step.ACCOUNT)["text"])


def test_a_purpose_that_rests_on_another_appears_with_it(sign_in: SignedIn, draft: str) -> None:
    browser = sign_in("interviewer")
    browser.open("/intake/")
    browser.press("Begin a testimony")
    browser.open(browser.path.replace("/before", "/consent"))

    hidden_at_first = not browser.find("#decision-CP02").is_displayed()
    browser.find("label[for='decision-CP01-0']").click()

    assert hidden_at_first
    assert browser.find("#decision-CP02").is_displayed()
    assert "The witness allows: Take written notes of what I say." in browser.text


def test_an_answer_about_consent_can_be_taken_back(sign_in: SignedIn, draft: str) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/consent")

    browser.find("label[for='decision-CP16-2']").click()
    browser.find("label[for='decision-CP16-2']").click()

    assert browser.find_all("#decision-CP16 input:checked") == []


def test_questions_that_make_no_sense_are_folded_away(sign_in: SignedIn, draft: str) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/before")

    folded = not browser.find("#interpreter_name").is_displayed()
    browser.find("label[for='interpreter_used-0']").click()

    assert folded and browser.find("#interpreter_name").is_displayed()


def test_selected_words_are_marked_by_how_they_are_known(
    sign_in: SignedIn, interviewer: Session, draft: str
) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/account")

    browser.driver.execute_script(
        "const text = document.getElementById('text'); text.focus();"
        "const at = text.value.indexOf('رأيت'); text.setSelectionRange(at, at + 12);"
    )
    browser.click("Concludes")
    browser.until(lambda: "Sealed on this machine" in browser.text)

    values = stored(interviewer, draft, Step.ACCOUNT)
    text, marks = str(values["text"]), values["passages"]
    assert isinstance(marks, list)
    assert [(text[int(m["start"]) : int(m["end"])], m["basis"]) for m in marks][1] == (
        "رأيت الشاحنة",
        "BA06",
    )


def test_marks_move_along_with_what_is_typed_before_them(
    sign_in: SignedIn, interviewer: Session, draft: str
) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/account")
    quoted = browser.find(".mark-list q").text

    browser.driver.execute_script(
        "const text = document.getElementById('text'); text.focus(); text.setSelectionRange(0, 0)"
    )
    browser.find("#text").send_keys("Slowly: ")
    browser.until(lambda: "Sealed on this machine" in browser.text)

    marks = stored(interviewer, draft, Step.ACCOUNT)["passages"]
    assert isinstance(marks, list)
    assert (marks[0]["start"], browser.find(".mark-list q").text) == ("8", quoted)


def test_words_to_protect_are_picked_from_the_account(sign_in: SignedIn, draft: str) -> None:
    browser = sign_in("interviewer")
    browser.open(f"/intake/drafts/{draft}/protect")
    browser.find("summary").click()

    browser.driver.execute_script(
        "const node = document.querySelector('[data-pick-text]').firstChild;"
        "const range = document.createRange(); const at = node.data.indexOf('grey truck');"
        "range.setStart(node, at); range.setEnd(node, at + 10);"
        "document.getSelection().removeAllRanges(); document.getSelection().addRange(range);"
    )
    browser.click("Protect these words")

    assert browser.find("#protect-1-text").get_attribute("value") == "grey truck"
    assert browser.find_all("#protect-2-text") != []


def test_a_testimony_is_sealed_on_a_telephone_and_shows_its_code(
    sign_in: SignedIn, interviewer: Session, draft: str
) -> None:
    browser = sign_in("interviewer")
    browser.resize(PHONE)
    browser.open(f"/intake/drafts/{draft}/check")

    browser.press("Seal and hand in")

    (submission,) = own_submissions(interviewer)
    assert browser.find(".code-large").text == submission.code
    browser.assert_accessible()
    assert browser.complaints() == []


def test_the_room_reads_from_right_to_left_in_arabic(sign_in: SignedIn, draft: str) -> None:
    browser = sign_in("interviewer")

    browser.open(f"/intake/drafts/{draft}/consent?lang=ar")

    assert browser.find("html").get_attribute("dir") == "rtl"
    browser.assert_accessible()
    browser.assert_no_horizontal_scroll()

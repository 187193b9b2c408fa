"""The whole way of one testimony through the pages, hand to hand: told, sealed, redacted, approved, released, found,
read, and seen in the log. Once with script and keys, once without any script.
"""

from functools import partial

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.browser.conftest import Browser, is_gone
from tests.services.conftest import PASSWORD

TOLD = (
    "They came on market day, before the prayer. I saw two lorries by the school, and Tadfest Amellal was in the first."
    "\n\nYusuf Oldenbeck called my number 0699 123 456 and said that the cistern was poisoned."
    "\n\nWe walked two nights to the north. Tadfest Amellal did not come back."
)
PROTECTED, TYPED_LATER, LOOKED_FOR = "Tadfest Amellal", "Yusuf Oldenbeck", "cistern"
LEFT = "said that the cistern was poisoned"

EXPLAINED = 10
BEFORE = (
    ("Setting", "Private room or tent"),
    ("Has the witness told this to anyone before", "No"),
    ("Persons present", "Witness"),
    ("Persons present", "Interviewer"),
    ("Is there an interpreter?", "No"),
    ("Is the witness under 18?", "No"),
)
BEFORE_LISTS = {
    "Case": "CASE-1 · Case one",
    "How exact that is": "Region or wilaya (adm1)",
    "How the witness was reached": "The witness came to us",
    "Spoken by the witness": "English (eng)",
    "Rights and risks explained in": "English (eng)",
    "Written down in": "English (eng)",
}
ALLOWED = (
    "Take written notes of what I say",
    "Let the organisation's investigators study my account",
)
DECIDED = {
    "Free of pressure?": "Yes",
    "Sober and awake?": "Yes",
    "Understands what was explained?": "Yes",
    "Did the witness ask for a lawyer": "No",
    "Receipt": "Not offered",
}
DECIDED_LISTS = {"How consent was given": "Signature", "Lawful basis": "Consent"}
CLOSING = {
    "Was the account read back": "Yes",
    "Confirmed by": "Word of mouth",
    "Medical help": "Spoken of, not needed",
    "Help for mind and heart": "Spoken of, not needed",
    "Legal help": "Spoken of, not needed",
    "Help for a child": "Spoken of, not needed",
    "Was news promised": "No",
    "Was a next contact agreed?": "No",
    "Risk to the witness": "Low",
    "Ended by": "The witness",
}


def choose(browser: Browser, question: str, answer: str) -> None:
    """Give this answer to a question with a few answers."""
    group = f"//fieldset[legend[starts-with(normalize-space(.), {quoted(question)})]]"
    browser.driver.find_element(By.XPATH, f"{group}//label[normalize-space(.) = {quoted(answer)}]").click()


def pick(browser: Browser, label: str, option: str) -> None:
    """Pick an entry of a list."""
    Select(labelled(browser, label)).select_by_visible_text(option)


def set_day(browser: Browser, label: str, day: str) -> None:
    """Set a day or a month as its picker would: which keys type it depends on the browser's language."""
    browser.driver.execute_script("arguments[0].value = arguments[1]", labelled(browser, label), day)


def labelled(browser: Browser, label: str) -> WebElement:
    xpath = f"//label[starts-with(normalize-space(.), {quoted(label)})]"
    return browser.driver.find_element(
        By.ID, browser.driver.find_element(By.XPATH, xpath).get_attribute("for") or ""
    )


def quoted(words: str) -> str:
    return f'"{words}"'


def go_on(browser: Browser) -> None:
    browser.press("Save and go on")


def tell(browser: Browser) -> str:
    """The interviewer answers every step and seals; return the code that is shown."""
    browser.sign_in("interviewer")
    browser.press("Intake")
    browser.press("Begin a testimony")
    browser.press("Check and seal")
    missing = [line.text for line in browser.find_all("#missing li")]
    assert missing[0] == "“Case” has no answer yet." and missing[-1] == "“Ended by” has no answer yet."
    browser.press("Before you start")
    for question, answer in BEFORE:
        choose(browser, question, answer)
    for label, option in BEFORE_LISTS.items():
        pick(browser, label, option)
    set_day(browser, "Month of this conversation", "2026-02")
    go_on(browser)
    browser.press("The witness gives no name")
    browser.press("Go on")
    boxes = browser.find_all("table.explained input")
    for box in boxes:
        box.click()
    assert len(boxes) == 2 * EXPLAINED
    go_on(browser)
    for purpose in ALLOWED:
        choose(browser, purpose, "Yes")
    for question, answer in DECIDED.items():
        choose(browser, question, answer)
    for label, option in DECIDED_LISTS.items():
        pick(browser, label, option)
    set_day(browser, "Given on", "2026-02-28")
    set_day(browser, "To be asked again by", "2027-02-28")
    go_on(browser)
    browser.fill("What the witness said", TOLD)
    pick(browser, "Language of this text", "English (eng)")
    choose(browser, "What this text is", "Notes")
    go_on(browser)
    browser.fill("Words, as they stand in the account", PROTECTED)
    pick(browser, "What they are", "A relative's name")
    go_on(browser)
    assert "The witness has not allowed a name to be kept." in browser.text
    browser.press("Go on")
    browser.press("Go on")
    for question, answer in CLOSING.items():
        choose(browser, question, answer)
    pick(browser, "In which language", "English (eng)")
    go_on(browser)
    browser.press("Seal and hand in")
    code = browser.find(".code-large").text
    browser.press("Back to your drafts")
    assert f"{code} 2 March 2026 Sealed. Waits for a reviewer." in browser.text
    browser.press("Sign out")
    return code


def take(browser: Browser, code: str) -> None:
    """The reviewer opens it from the queue and takes it."""
    browser.sign_in("reviewer")
    browser.press("Review")
    browser.press(f"Open it {code}")
    browser.press("Take this account")
    assert "suggestions to decide" in browser.text


def waiting(browser: Browser) -> list[str]:
    """What is suggested and not decided, in the order of the page."""
    return [line.text for line in browser.find_all('[data-decision="proposed"] [data-quote]')]


def fewer_wait(browser: Browser, before: int) -> bool:
    return len(waiting(browser)) < before


def redact_by_keys(browser: Browser) -> None:
    """Withhold what the witness asked to protect, leave in what the detectors found; the next is at hand each time."""
    keys = partial(ActionChains, browser.driver)
    keys().send_keys("n").perform()
    while left := waiting(browser):
        keys().send_keys("A" if left[0] == PROTECTED else "R").perform()
        browser.until(partial(fewer_wait, browser, len(left)))
    browser.until(lambda: "Every suggestion is decided" in browser.text)
    keys().send_keys("m").perform()
    keys().send_keys(TYPED_LATER, Keys.ENTER).perform()
    browser.until(lambda: TYPED_LATER not in browser.find('[data-pane="result"]').text)


def redact_by_buttons(browser: Browser) -> None:
    browser.press("Withhold all 2")
    while waiting(browser):
        page = browser.find("html")
        browser.find('[data-decision="proposed"] button[name^="reject"]').click()
        browser.until(partial(is_gone, page))
    browser.driver.get(browser.driver.current_url.partition("#")[0])
    browser.find("#new-mark summary").click()
    browser.fill("Words to withhold", TYPED_LATER)
    browser.find("#new-mark form button").click()
    browser.until(lambda: TYPED_LATER not in browser.find('[data-pane="result"]').text)


def propose(browser: Browser) -> None:
    browser.press("Propose it for partners and staff")
    assert "Proposed; another reviewer must look at it." in browser.text
    browser.press("Sign out")


def approve_and_release(browser: Browser, code: str) -> None:
    """The second reviewer compares, reads it alone, approves and releases."""
    browser.sign_in("reviewer_b")
    browser.press("Review")
    browser.press(f"Check it {code}")
    assert PROTECTED in browser.find('[data-pane="original"]').text
    browser.press("Now read the result alone")
    alone = browser.text
    assert PROTECTED not in alone and LEFT in alone
    browser.find("#no_one_pointed_at").click()
    browser.press("Approve for partners and staff")
    browser.press("Release it to partners and staff")
    browser.press("Release")
    assert "This is what they read now." in browser.text
    browser.press("Sign out")


def give_grant(browser: Browser) -> None:
    browser.sign_in("custodian")
    browser.press("Custody")
    browser.press("Grants")
    browser.press("Propose a grant")
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
    assert "In force" in browser.text
    browser.press("Sign out")


def find_and_read(browser: Browser, code: str) -> None:
    """The investigator chooses the purpose, finds the testimony by a word and opens it."""
    browser.sign_in("investigator")
    browser.press("Search")
    browser.find("#purpose-CP07").click()
    browser.press("Read for this purpose")
    browser.find("#query").send_keys(LOOKED_FOR, Keys.ENTER)
    browser.until(lambda: bool(browser.find_all("[data-hit]")))
    assert "1 testimony" in browser.text
    browser.click(code)
    browser.until(lambda: bool(browser.find_all("#reading .reading-text")))


def check_log(browser: Browser, code: str) -> None:
    """The auditor sees who did what with it, and that the log is whole."""
    browser.sign_in("auditor")
    browser.press("Log")
    assert "The log is whole:" in browser.text
    browser.driver.find_element(By.LINK_TEXT, code).click()
    browser.until(lambda: "/log/testimony/" in browser.path)
    seen = browser.text
    for somebody in ("interviewer-1", "reviewer-1", "reviewer-2", "investigator-1"):
        assert f"{somebody} ·" in seen
    assert PROTECTED not in seen and LOOKED_FOR not in seen
    browser.press("Is the log whole?")
    browser.press("Check the log")
    assert "none is missing, none was added or moved" in browser.text


def assert_only_the_released_words(browser: Browser) -> None:
    source = browser.driver.page_source
    assert LEFT in browser.find("#reading").text
    assert PROTECTED not in source and TYPED_LATER not in source


def test_a_testimony_goes_from_the_telling_to_the_reader_and_into_the_log(browser: Browser) -> None:
    code = tell(browser)
    take(browser, code)
    redact_by_keys(browser)
    propose(browser)
    approve_and_release(browser, code)
    give_grant(browser)

    find_and_read(browser, code)

    assert_only_the_released_words(browser)
    browser.press("Sign out")
    check_log(browser, code)
    assert browser.complaints() == []


def test_the_whole_way_needs_no_script(browser: Browser) -> None:
    browser.without_script()
    code = tell(browser)
    take(browser, code)
    redact_by_buttons(browser)
    propose(browser)
    approve_and_release(browser, code)
    give_grant(browser)

    find_and_read(browser, code)

    assert_only_the_released_words(browser)
    browser.press("Sign out")
    check_log(browser, code)

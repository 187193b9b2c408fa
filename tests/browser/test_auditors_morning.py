"""An auditor's whole morning over a long log: sign in, check, find what was planted, note it, print the report."""

import base64
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from testimony.domain.audit import Action
from testimony.services.sessions import sign_checkpoint, timestamp
from testimony.services.signin import SignIn as Door
from testimony.services.throttling import Throttle
from testimony.storage import accounts, log
from testimony.storage.log import Entry
from testimony.web.wiring import Services
from tests.browser.conftest import Browser
from tests.services.conftest import PASSWORD, Clock

EVENTS = int(os.environ.get("MORNING_EVENTS", "100000"))
"""Written in some ten seconds on two busy cores; a smaller number is for trying something out."""

DAYS = 60
TAKEN = 130
"""What somebody opened in one night."""

WORKERS = ("reviewer-1", "reviewer-2", "investigator-1", "investigator-2", "interviewer-1", "interviewer-2")
THIEF = "investigator-2"


def work_of(people: dict[str, str], start: datetime) -> Iterator[Entry]:
    """Sixty days of an archive at work from nine to five, and one night in which somebody was not asleep."""
    usual = EVENTS - TAKEN
    for number in range(usual):
        day, place = divmod(number * DAYS, usual)
        at = start + timedelta(days=day, seconds=8 * 3600 * place // usual)
        yield entry(people, WORKERS[number % len(WORKERS)], at, number)
        if number * 4 // usual < (number + 1) * 4 // usual == 3:
            night = (at + timedelta(days=1)).replace(hour=2, minute=0)
            for taken in range(TAKEN):
                yield entry(people, THIEF, night + timedelta(seconds=20 * taken), taken)


def entry(people: dict[str, str], handle: str, at: datetime, number: int) -> Entry:
    is_text = handle == THIEF and at.hour < 8
    return Entry(
        at=timestamp(at),
        actor=people[handle],
        roles=(handle.partition("-")[0],),
        action=(Action.ITEM_SHOWN if is_text or number % 5 == 0 else Action.LIST_SHOWN).value,
        outcome="allowed",
        subject=("testimony", f"T-{number % 900:04d}-29"),
        case_id="CASE-1",
        purpose="CP07" if handle.startswith("investigator") else None,
        fields=("text" if is_text else "snippet", "release:1", "partner"),
    )


@pytest.fixture
def two_months(services: Services, clock: Clock) -> None:
    """The long log."""
    session = Door(services.archive, Throttle()).sign_in("auditor-1", PASSWORD, None, clock())
    with session.archive.database.writing() as connection:
        people = {row.handle: str(row.account_id) for row in accounts.all_accounts(connection)}
        entries = tuple(work_of(people, clock() + timedelta(hours=1)))
        log.append(connection, entries)
        clock.forward(days=DAYS)
        sign_checkpoint(connection, session.archive, clock())
    services.archive.release(session.archive.secrets)


def test_an_auditor_finds_in_a_morning_what_was_taken_in_a_night(two_months: None, browser: Browser) -> None:
    browser.sign_in("auditor")
    browser.open("/log/")
    browser.press("Check it now")
    checked = browser.text
    assert "The log is whole." in checked
    told = re.search(r"Each of its (\d+) entries", checked)
    assert told is not None
    assert int(told[1]) > EVENTS
    assert browser.find_all(".warning, [role=alert]") == []

    browser.press("Ready questions")
    browser.press("Much read at once")
    (answer,) = browser.find_all(".answers li")
    assert THIEF in answer.text
    assert f"{TAKEN} things shown in the hour from 02:00" in answer.text
    browser.press(THIEF)
    assert "A reason to look, not a verdict" in browser.text or "Nothing unusual" in browser.text
    browser.driver.back()

    browser.press("See all of them")
    assert f"{TAKEN}" in browser.find(".week, .strip-days, body").text
    browser.driver.back()
    browser.press("Note a finding")
    browser.fill("What you found", "Opened one after the other at night, from one account.")
    assert len((browser.find("#events").get_attribute("value") or "").split()) == 2
    browser.press("Write it down")
    number = browser.path.rpartition("/")[2]
    assert "Opened one after the other at night" in browser.text

    browser.press("Report")
    report = browser.find("main").text
    assert "Last found whole" in report
    assert "Much read at once" in report
    assert THIEF not in report and "T-0" not in report
    browser.print_view()
    pdf = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
    assert base64.b64decode(pdf["data"]).startswith(b"%PDF")
    assert not browser.find(".subnav").is_displayed()
    assert number == "1"
    assert browser.complaints() == []

"""The auditors' room beyond its list: on a desk, on a telephone, at night, from the right, without script."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from testimony.domain.audit import Action
from testimony.domain.events import EventFilter
from testimony.domain.findings import FREE, About, AboutKind, Closing, FindingState
from testimony.services.findings import add_note, open_finding
from testimony.services.saved_filters import save_filter
from testimony.services.signin import SignIn as Door
from testimony.services.throttling import Throttle
from testimony.web.wiring import Services
from tests.audit_room import note, show
from tests.browser.conftest import Browser
from tests.services.conftest import Clock, People
from tests.services.test_custody_readers import CODE, give, take_in

SignIn = Callable[[str], Browser]


@pytest.fixture
def pages(services: Services, clock: Clock) -> tuple[str, ...]:
    """Nine weeks of reading with one odd day, two findings, a saved choice."""
    people = People(services.archive, clock, Door(services.archive, Throttle()))
    take_in(people, clock)
    give(people, clock)
    who, auditor = people["investigator"], people["auditor"]
    for week in range(5):
        for day in range(5):
            show(who, clock() + timedelta(weeks=week, days=day, hours=day), 3 + day)
    show(who, clock() + timedelta(weeks=4, days=4, hours=11), 70)
    show(people["investigator_b"], clock() + timedelta(weeks=4), 4)
    clock.forward(weeks=4, days=4, hours=13)
    about = About(AboutKind.ACCOUNT, who.account.id)
    open_finding(
        auditor, about, note(auditor, "Seventy at once", due=date(2026, 3, 20), events=(40, 41)), clock()
    )
    second = open_finding(auditor, FREE, note(auditor, "An old bookmark"), clock())
    add_note(
        auditor, second, note(auditor, "Explained", FindingState.CLOSED, closing=Closing.EXPLAINED), clock()
    )
    save_filter(auditor, EventFilter(action=Action.ITEM_SHOWN, subject=CODE), "What was opened", clock())
    for session in people.sessions.values():
        services.archive.release(session.archive.secrets)
    return (
        "/log/",
        "/log/picture",
        "/log/questions",
        "/log/questions/bulk-reading",
        "/log/questions/out-of-hours",
        f"/log/person/{who.account.id}",
        f"/log/testimony/{CODE}",
        f"/log/testimony/{CODE}/readers",
        "/log/case/CASE-1",
        "/log/findings?closed=1",
        "/log/findings/new?kind=testimony&id=" + CODE,
        "/log/findings/1",
        "/log/saved",
        "/log/saved/new?did=AA06",
        "/log/report",
    )


def test_the_room_is_accessible_by_day_and_by_night_and_nothing_complains(
    pages: tuple[str, ...], sign_in: SignIn
) -> None:
    browser = sign_in("auditor")
    for path in pages:
        browser.open(path)
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            browser.assert_accessible()
        assert browser.complaints() == [], path


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_sticks_out_on_a_narrow_telephone(
    pages: tuple[str, ...], sign_in: SignIn, language: str
) -> None:
    browser = sign_in("auditor")
    browser.open(f"/?lang={language}")
    for path in pages:
        browser.open(path)
        browser.assert_no_horizontal_scroll()


def test_without_script_a_finding_is_opened_noted_and_closed(pages: tuple[str, ...], sign_in: SignIn) -> None:
    browser = sign_in("auditor")
    browser.without_script()
    browser.open("/log/findings/1")
    browser.fill("What you found", "A trial began that day")
    browser.find("#state option[value=closed]").click()
    browser.find("#closing option[value=explained]").click()
    browser.press("Write it down")

    assert "A trial began that day" in browser.text
    assert "There is a harmless explanation" in browser.text

"""One's own account and the safety of others', on a desk, on a telephone, at night and from the right."""

from collections.abc import Callable

import pytest

from testimony.services import duress
from testimony.web.wiring import Services
from tests.browser.conftest import DESK, Browser
from tests.services.conftest import HANDLES, PASSWORD, Clock

SignIn = Callable[[str], Browser]

PAGES = (
    "/account",
    "/account/recovery-codes",
    "/account/code/off",
    "/account/second-password",
    "/account/code",
)


@pytest.fixture
def resting(services: Services, clock: Clock) -> str:
    """The address of the page about an account that rests after a duress signal."""
    session = services.door.sign_in(HANDLES["investigator"], PASSWORD, None, clock())
    duress.signal_at_once(services.archive, services.archive.keyring(), session.account.id, clock())
    services.archive.release(session.archive.secrets)
    return f"/custody/accounts/{session.account.id}/safety"


def test_the_pages_are_accessible_fit_a_telephone_and_read_from_the_right(
    sign_in: SignIn, resting: str
) -> None:
    browser = sign_in("custodian")

    for path in (*PAGES, resting):
        browser.resize(DESK)
        browser.open(path)
        for scheme in ("light", "dark"):
            browser.prefer(prefers_color_scheme=scheme)
            browser.assert_accessible()
        browser.assert_no_horizontal_scroll()
        browser.open(path + "?lang=ar")
        browser.assert_no_horizontal_scroll()
        browser.open(path + "?lang=en")
        # Chromium misses a name beside fields of passwords; the page is asked by who is signed in.
        assert [said for said in browser.complaints() if "[DOM]" not in said] == [], path


def test_an_emergency_password_is_set_without_script(sign_in: SignIn) -> None:
    browser = sign_in("interviewer")
    browser.without_script()
    browser.open("/account/second-password")

    for label in ("Emergency password", "Emergency password again"):
        browser.fill(label, "merry otters juggle lemons")
    browser.fill("Password you have now", PASSWORD)
    browser.press("Set the emergency password")

    assert browser.path == "/account"

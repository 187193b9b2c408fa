"""The pages of the frame as people see them."""

from collections.abc import Callable

import pytest

from testimony.domain.roles import Role
from testimony.web.wiring import DemoPerson
from tests.browser.conftest import Browser
from tests.services.conftest import PASSWORD

SignedIn = Callable[[str], Browser]


@pytest.fixture
def demo() -> tuple[DemoPerson, ...]:
    return (
        DemoPerson("interviewer-1", Role.INTERVIEWER, PASSWORD),
        DemoPerson("reviewer-1", Role.REVIEWER, PASSWORD),
    )


def test_one_press_in_the_demonstration_makes_me_the_reviewer(browser: Browser) -> None:
    browser.open("/sign-in")
    browser.find("tr:nth-child(2) button").click()

    assert "What waits for you" in browser.text
    assert "Reviewer 1" in browser.text

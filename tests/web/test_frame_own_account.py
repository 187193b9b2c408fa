"""From a one-time code to an account, a code generator, and a changed password."""

import re
from base64 import b32decode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from testimony.domain.roles import Role
from testimony.services.accounts import enrol
from testimony.services.invitations import Newcomer
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

NEW = "seven quiet herons at noon"


@pytest.fixture
def one_time_code(people: People, clock: Clock) -> str:
    newcomer = Newcomer("newcomer-1", "Newcomer 1", frozenset({Role.INTERVIEWER}))
    return enrol(people["custodian"], newcomer, clock()).code


def enrolling(visitor: Visitor, **fields: str) -> dict[str, object]:
    visitor.get("/enrol")
    return {"handle": "newcomer-1", "password": NEW, "password_again": NEW, **fields}


def test_a_one_time_code_and_a_password_make_an_account_and_sign_in(visit: Visit, one_time_code: str) -> None:
    visitor = visit()

    answer = visitor.send("/enrol", enrolling(visitor, one_time_code=one_time_code.lower()))

    assert answer.location == "/account/code"
    assert "Newcomer 1" in visitor.get("/").text


def test_a_one_time_code_works_once(visit: Visit, one_time_code: str) -> None:
    first, second = visit(), visit()
    first.send("/enrol", enrolling(first, one_time_code=one_time_code))

    answer = second.send("/enrol", enrolling(second, one_time_code=one_time_code))

    assert answer.status_code == 422
    assert "Check the name and the one-time code" in answer.text


@pytest.mark.parametrize("code", ["0000-0000-0000", "' OR 1=1 --", "\u0000"])
def test_a_wrong_one_time_code_opens_nothing(visit: Visit, one_time_code: str, code: str) -> None:
    visitor = visit()

    answer = visitor.send("/enrol", enrolling(visitor, one_time_code=code))

    assert answer.status_code == 422
    assert visitor.get("/").location == "/sign-in"


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("brief", "at least 12 characters"),
        ("newcomer-1newcomer-1", "made of the name"),
        ("abcdefghijkl", "follows the alphabet"),
    ],
)
def test_a_weak_password_is_told_why_beside_its_field(
    visit: Visit, one_time_code: str, password: str, words: str
) -> None:
    visitor = visit()

    answer = visitor.send(
        "/enrol",
        enrolling(visitor, one_time_code=one_time_code, password=password, password_again=password),
    )

    assert answer.status_code == 422
    assert words in answer.text
    assert 'href="#password"' in answer.text
    assert password not in answer.text


def test_two_different_passwords_are_not_taken(visit: Visit, one_time_code: str) -> None:
    visitor = visit()

    answer = visitor.send(
        "/enrol", enrolling(visitor, one_time_code=one_time_code, password_again="something else")
    )

    assert "The two passwords are not the same." in answer.text
    assert 'value="newcomer-1"' in answer.text


def test_from_the_next_sign_in_a_confirmed_generator_is_asked_for_and_each_code_counts_once(
    visit: Visit, clock: Clock
) -> None:
    visitor = visit("reviewer")
    secret = offered_secret(visitor.get("/account/code").text)

    visitor.post("/account/code", password=PASSWORD, code=code_at(secret, clock))
    clock.forward(minutes=1)
    without, fresh = visit(), code_at(secret, clock)
    without.sign_in("reviewer")
    first, again = visit(), visit()
    first.get("/sign-in")
    first_answer = first.post("/sign-in", handle="reviewer-1", password=PASSWORD, code=fresh)
    again.get("/sign-in")
    second_answer = again.post("/sign-in", handle="reviewer-1", password=PASSWORD, code=fresh)

    assert without.get("/").location == "/sign-in"
    assert first_answer.status_code == 303
    assert second_answer.status_code == 422


def test_a_wrong_code_turns_nothing_on_and_offers_the_same_secret_again(visit: Visit) -> None:
    visitor = visit("reviewer")
    secret = offered_secret(visitor.get("/account/code").text)

    answer = visitor.post("/account/code", password=PASSWORD, code="000000")

    assert answer.status_code == 422
    assert offered_secret(answer.text) == secret
    assert visit("reviewer").get("/").status_code == 200


def test_the_picture_of_the_secret_is_part_of_the_page_and_loads_nothing(visit: Visit) -> None:
    page = visit("reviewer").get("/account/code").text

    assert "<svg" in page
    assert "<img" not in page and "otpauth" not in page


def test_a_changed_password_opens_the_archive_and_the_old_one_does_not(visit: Visit) -> None:
    visitor = visit("reviewer")

    answer = visitor.post("/account/password", password=PASSWORD, new_password=NEW, new_password_again=NEW)
    visitor.post("/sign-out")

    assert "The password is changed" in answer.text
    assert visit().sign_in("reviewer").status_code == 422
    assert visit().sign_in("reviewer", NEW).status_code == 303


def test_the_wrong_old_password_changes_nothing(visit: Visit) -> None:
    visitor = visit("reviewer")

    answer = visitor.post("/account/password", password=NEW, new_password=NEW, new_password_again=NEW)

    assert "This is not the password you have now." in answer.text
    assert visit().sign_in("reviewer").status_code == 303


def offered_secret(page: str) -> bytes:
    found = re.search(r'code-long">([A-Z2-7 ]+)<', page)
    assert found is not None
    text = found[1].replace(" ", "")
    return b32decode(text + "=" * (-len(text) % 8))


def code_at(secret: bytes, clock: Clock) -> str:
    return TOTP(secret, 6, SHA1(), 30).generate(int(clock().timestamp())).decode()  # noqa: S303 - RFC 6238

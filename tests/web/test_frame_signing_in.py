"""Signing in, signing out and leaving, as a browser without script sees it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from testimony.domain.roles import Role
from testimony.web.factory import create_app
from testimony.web.wiring import DemoPerson, Services
from tests.services.conftest import PASSWORD, Clock
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


def test_whoever_is_signed_out_is_sent_to_the_sign_in_page(visit: Visit) -> None:
    answer = visit().get("/")

    assert answer.status_code == 303
    assert answer.location == "/sign-in"


def test_the_right_password_opens_the_home_page(visit: Visit) -> None:
    visitor = visit()

    answer = visitor.sign_in("reviewer")

    assert answer.status_code == 303
    assert "What waits for you" in visitor.get("/").text


@pytest.mark.parametrize(
    ("handle", "password"),
    [("reviewer-1", "a lantern over loud water"), ("nobody-of-this-name", PASSWORD), ("É\u202e'--", "x")],
)
def test_every_failure_says_the_same_and_repeats_no_password(
    visit: Visit, handle: str, password: str
) -> None:
    visitor = visit()
    visitor.get("/sign-in")

    answer = visitor.post("/sign-in", handle=handle, password=password)

    assert answer.status_code == 422
    assert "Sign-in failed. Check the name, the password and the code." in answer.text
    assert password not in answer.text or password == "x"


def test_an_empty_sign_in_form_says_which_fields_are_missing(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")

    answer = visitor.post("/sign-in", handle="", password="")

    assert answer.status_code == 422
    assert '<a href="#handle">Type the name you sign in with.</a>' in answer.text
    assert 'aria-describedby="password-error"' in answer.text


def test_after_five_failures_the_next_try_has_to_wait(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")
    for _ in range(5):
        visitor.post("/sign-in", handle="reviewer-1", password="wrong wrong wrong")

    answer = visitor.post("/sign-in", handle="reviewer-1", password=PASSWORD)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_one_address_cannot_hammer_the_door_under_many_names(services: Services) -> None:
    client = create_app(replace(services, sign_in_rate="3 per minute")).test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    visitor = Visitor(client)
    visitor.get("/sign-in")

    statuses = [
        visitor.post("/sign-in", handle=f"name-{i}", password="no no no no no").status_code for i in range(4)
    ]

    assert statuses == [422, 422, 422, 429]


def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts_and_other_sites(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")

    cookie = visitor.post("/sign-in", handle="reviewer-1", password=PASSWORD).headers["Set-Cookie"]

    assert cookie.startswith("__Host-testimony=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Expires" not in cookie and "Domain" not in cookie


def test_signing_in_makes_the_form_token_of_the_sign_in_page_worthless(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")
    before = visitor.token
    visitor.sign_in("reviewer")

    answer = visitor.send("/account/password", {"csrf_token": before, "password": PASSWORD})

    assert before != visitor.token
    assert answer.status_code == 400


def test_after_fifteen_idle_minutes_the_archive_asks_again(visit: Visit, clock: Clock) -> None:
    visitor = visit("reviewer")
    clock.forward(minutes=16)

    answer = visitor.get("/")

    assert answer.location == "/sign-in"


def test_a_form_sent_too_late_is_told_that_the_archive_locked(visit: Visit, clock: Clock) -> None:
    visitor = visit("reviewer")
    clock.forward(minutes=16)

    answer = visitor.post("/account/password", password=PASSWORD)

    assert answer.status_code == 401
    assert "You are signed out" in answer.text


def test_after_signing_in_i_am_where_i_was_going(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/account?from=letter")

    answer = visitor.sign_in("reviewer")

    assert answer.location == "/account?from=letter"


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "/nowhere", "/sign-out"])
def test_after_signing_in_nobody_is_led_elsewhere(visit: Visit, elsewhere: str) -> None:
    visitor = visit()
    with visitor.client.session_transaction(base_url="https://localhost") as cookie:
        cookie["return_to"] = elsewhere

    answer = visitor.sign_in("reviewer")

    assert answer.location == "/"


def test_signing_out_closes_the_session_and_locks_the_archive(visit: Visit, services: Services) -> None:
    visitor = visit("reviewer")

    answer = visitor.post("/sign-out")

    assert answer.location == "/signed-out"
    assert "Nobody is signed in now" in visitor.get("/signed-out").text
    assert len(services.store) == 0
    assert visitor.get("/").location == "/sign-in"


def test_the_signed_out_page_does_not_say_locked_while_someone_else_is_in(visit: Visit) -> None:
    visitor, _ = visit("reviewer"), visit("auditor")

    visitor.post("/sign-out")

    assert "Someone else is still signed in" in visitor.get("/signed-out").text


def test_leaving_quickly_works_with_a_page_that_was_open_too_long(visit: Visit, services: Services) -> None:
    visitor = visit("reviewer")
    visitor.token = "stale"

    answer = visitor.post("/leave")

    assert answer.location == "/blank"
    assert len(services.store) == 0
    assert "Test archive" not in visitor.get("/blank").text


def test_a_stolen_cookie_is_worthless_after_the_owner_has_left(visit: Visit) -> None:
    visitor, thief = visit("reviewer"), visit()
    cookie = visitor.client.get_cookie("__Host-testimony")
    assert cookie is not None
    visitor.post("/leave")
    thief.client.set_cookie("__Host-testimony", cookie.value, secure=True)

    answer = thief.get("/")

    assert answer.location == "/sign-in"


def test_the_demonstration_lists_its_people_and_lets_me_be_one(services: Services) -> None:
    people = (DemoPerson("auditor-1", Role.AUDITOR, PASSWORD),)
    client = create_app(replace(services, demo=people)).test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    visitor = Visitor(client)

    page = visitor.get("/sign-in").text
    visitor.post("/sign-in", handle="auditor-1", password=PASSWORD)

    assert "Demonstration: every person and every account here is invented." in page
    assert "auditor-1" in page and PASSWORD in page
    assert "Auditor 1" in visitor.get("/").text


def test_an_archive_that_is_no_demonstration_lists_nobody(visit: Visit) -> None:
    page = visit().get("/sign-in").text

    assert "demonstration" not in page.lower()


def test_the_minutes_left_are_shown_and_told_to_scripts(visit: Visit, clock: Clock) -> None:
    visitor = visit("reviewer")
    clock.now += timedelta(minutes=5)

    answer = visitor.get("/")

    assert "Unlocked, 15 min" in answer.text
    assert answer.headers["Archive-Minutes-Left"] == "15"


def test_a_request_without_a_form_token_is_refused_before_the_password_is_tried(
    visit: Visit, app: Flask
) -> None:
    visitor = visit()

    answer = visitor.client.post("/sign-in", data={"handle": "reviewer-1", "password": PASSWORD})

    assert answer.status_code == 400
    assert PASSWORD not in answer.text

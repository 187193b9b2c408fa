"""Who may call what: every route says it, and whoever may not learns nothing."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask
from flask_babel import lazy_gettext
from werkzeug.routing import Rule

from testimony.domain.audit import Action, Outcome
from testimony.domain.roles import Role
from testimony.storage.log import ENTRIES
from testimony.web.factory import create_app
from testimony.web.guards import allow, allowed
from testimony.web.rooms import PurposeChip, Room, Waiting
from testimony.web.wiring import Services
from tests.services.conftest import People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


def make_room() -> Room:
    blueprint = Blueprint("shelf", __name__, url_prefix="/shelf")

    @blueprint.get("/")
    @allow(Role.REVIEWER)
    def index() -> str:
        return "the reviewers' shelf"

    @blueprint.post("/put")
    @allow(Role.REVIEWER)
    def put() -> str:
        return "put"

    return Room(
        blueprint=blueprint,
        title=lazy_gettext("Shelf"),
        front="shelf.index",
        roles=frozenset({Role.REVIEWER}),
        when_empty=lazy_gettext("What is put on the shelf appears here."),
        waiting=lambda session, now: (Waiting("2 boxes wait", "/shelf/", 2),),
        purpose=lambda session: PurposeChip("Purpose: internal study", "/shelf/purpose"),
    )


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, rooms=(make_room(),))


def test_the_right_role_enters_the_room(visit: Visit) -> None:
    visitor = visit("reviewer")

    assert visitor.get("/shelf/").text == "the reviewers' shelf"


def test_a_room_of_another_role_looks_like_a_room_that_is_not_there(visit: Visit) -> None:
    visitor = visit("auditor")

    not_mine, not_there = visitor.get("/shelf/"), visitor.get("/elsewhere/")

    assert (not_mine.status_code, not_there.status_code) == (404, 404)
    assert without_links(not_mine.text) == without_links(not_there.text)


def test_trying_a_room_of_another_role_is_in_the_log(visit: Visit, people: People) -> None:
    visit("auditor").get("/shelf/")

    denials = denials_in_the_log(people)

    assert denials == [(Action.DENIED.value, people["auditor"].account.id)]


def test_someone_signed_out_cannot_tell_a_room_from_its_absence_by_posting(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")

    assert visitor.post("/shelf/put").status_code == 401


def test_the_bar_shows_only_my_rooms(visit: Visit) -> None:
    assert 'href="/shelf/"' in visit("reviewer").get("/").text
    assert 'href="/shelf/"' not in visit("auditor").get("/").text


def test_home_says_what_waits_and_the_bar_says_for_which_purpose_i_read(visit: Visit) -> None:
    page = visit("reviewer").get("/").text

    assert "2 boxes wait" in page
    assert '<a class="purpose" href="/shelf/purpose">Purpose: internal study</a>' in page


def test_an_application_with_an_unmarked_view_does_not_start(services: Services) -> None:
    room = make_room()
    room.blueprint.get("/open")(lambda: "anyone?")

    with pytest.raises(ValueError, match="says nobody who may call it"):
        create_app(services, rooms=(room,))


def test_a_mark_names_at_least_one_role() -> None:
    with pytest.raises(ValueError, match="names the roles"):
        allow()


def test_every_route_of_the_archive_says_who_may_call_it(services: Services) -> None:
    app = create_app(services)

    marks = {rule.endpoint: allowed(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}

    public = {endpoint for endpoint, mark in marks.items() if mark.public}
    assert public == {
        "static",
        "enrolment.enrol",
        "enrolment.enrol_page",
        "frame.blank",
        "frame.leave",
        "frame.sign_in",
        "frame.sign_in_page",
        "frame.sign_out",
        "frame.signed_out",
    }


@pytest.mark.parametrize("name", ["interviewer", "reviewer", "investigator", "auditor", "custodian"])
def test_every_form_of_the_archive_needs_the_token_except_leaving(services: Services, name: str) -> None:
    app = create_app(services)
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    Visitor(client).sign_in(name)

    answers = {
        rule.endpoint: client.post(filled(rule)).status_code
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set()) and rule.endpoint != "frame.leave"
    }

    assert {endpoint for endpoint, status in answers.items() if status not in (400, 404)} == set()
    assert client.post("/leave").status_code == 303


def filled(rule: Rule) -> str:
    """The address of a route with something in every gap."""
    gaps = {name: converter.to_url(1) for name, converter in rule._converters.items()}
    built = rule.build(gaps)
    assert built is not None
    return built[1]


def without_links(page: str) -> str:
    """A page without the language links, which repeat its address."""
    return page[: page.index('<ul class="languages"')]


def denials_in_the_log(people: People) -> list[tuple[str, str | None]]:
    wanted = sa.select(ENTRIES.c.action, ENTRIES.c.actor).where(ENTRIES.c.outcome == Outcome.DENIED.value)
    with people["custodian"].reading() as connection:
        return [(row.action, row.actor) for row in connection.execute(wanted)]

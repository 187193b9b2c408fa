"""Somebody with the whole ledger reads the log after real use of every room: codes, numbers and counts, and nothing
of what was told, typed, searched for or connected from. After an erasure not even the code.
"""

import json
import re
from pathlib import Path

import pytest

from testimony.domain.audit import Action
from testimony.domain.vocabulary import load
from testimony.services.sessions import Session
from testimony.storage import log
from testimony.storage.log import DETAILS, ENTRIES, SUBJECTS
from tests.every_state import Things
from tests.exported_logs import ExportedLog
from tests.services.conftest import HANDLES, JOINED, PASSWORD
from tests.web.test_every_route import ROUTES, World, call, open_world, rules, states_of, template

__all__ = ["template"]

TOLD = (
    "grey truck",
    "cousin",
    "Akli",
    "الشاحنة",
    "a map of the wells",
    "Hodh Ech",
    "map.png",
    "wells",
    "Wells",
    "the lorries",
    "given by mistake",
    "given to save a search",
    "asked for by the council",
    "Case two",
    PASSWORD,
)
TYPED_HANDLE = "a.name@somewhere.example"
ADDRESS = "203.0.113.77"
BROWSER = "Frobnicator/9.3"
LEAF_KEYS = {
    "action",
    "actor",
    "at",
    "case",
    "count",
    "detail",
    "fields",
    "outcome",
    "purpose",
    "reasons",
    "roles",
    "seq",
    "subject",
}
FIELD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 :._-]{0,79}")


@pytest.fixture(scope="module")
def used(template: tuple[Path, Things], tmp_path_factory: pytest.TempPathFactory) -> World:
    """Each page was asked for in each state, from an address; somebody typed a wrong handle."""
    world = open_world(template, tmp_path_factory.mktemp("private") / "archive")
    stranger = world.visitor("")
    stranger.post("/sign-in", handle=TYPED_HANDLE, password="wrong")
    for name in sorted({route.who for route in ROUTES.values()}):
        client = world.visitor(name).client
        client.environ_base |= {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": BROWSER}
        world.visitor(name).get("/account")
    for name in ("investigator", "investigator_b"):
        world.visitor(name).post("/finding/purpose", purpose="CP07")
    for endpoint, route in ROUTES.items():
        if endpoint == "log.sign_out_with_checkpoint":
            continue
        rule = rules(world.app, endpoint)
        for state in states_of(world.things, rule):
            call(world.visitor(route.who), rule, world.address(rule, state), route.sends)
    return world


@pytest.fixture(scope="module")
def auditor(used: World) -> Session:
    return used.session("auditor")


@pytest.fixture(scope="module")
def leaves(auditor: Session) -> list[str]:
    with auditor.reading() as connection:
        return [entry.leaf.decode() for entry in log.entries_from(connection, 0, log.size(connection))]


def test_every_room_was_used_so_that_the_log_has_something_to_give_away(leaves: list[str]) -> None:
    actions = {json.loads(leaf)["action"] for leaf in leaves}

    assert len(leaves) > 300
    assert {
        Action.SIGN_IN,
        Action.SIGN_IN_FAILED,
        Action.SEARCH_RELEASED,
        Action.LIST_SHOWN,
        Action.ITEM_SHOWN,
        Action.WRITTEN,
        Action.REDACTION_DECIDED,
        Action.GRANT_CHANGED,
        Action.DENIED,
        Action.LOG_CHECKED,
        Action.KEY_OPERATION,
    } <= actions


def test_no_leaf_holds_a_word_of_what_was_told_typed_or_searched_for(leaves: list[str]) -> None:
    text = "\n".join(leaves)

    assert [word for word in (*TOLD, TYPED_HANDLE, ADDRESS, BROWSER) if word in text] == []


def test_no_leaf_holds_a_handle_or_a_name_of_the_staff(leaves: list[str]) -> None:
    text = "\n".join(leaves)
    names = {newcomer.name for newcomer in JOINED}

    assert [
        word for word in (*HANDLES.values(), *names, "custodian-3", "nadia", "Nadia") if word in text
    ] == []


def test_no_leaf_holds_the_code_of_a_testimony(used: World, leaves: list[str]) -> None:
    text = "\n".join(leaves)

    assert [code for code in used.things.states("code").values() if str(code) in text] == []


def test_a_leaf_has_its_thirteen_keys_and_codes_of_the_vocabulary_in_them(leaves: list[str]) -> None:
    vocabulary = {name: set(load(name).codes) for name in ("audit_action", "deny_reason", "consent_purpose")}
    for leaf in leaves:
        said = json.loads(leaf)
        assert set(said) == LEAF_KEYS
        assert said["action"] in vocabulary["audit_action"]
        assert set(said["reasons"]) <= vocabulary["deny_reason"]
        assert said["purpose"] is None or said["purpose"] in vocabulary["consent_purpose"]
        assert all(FIELD.fullmatch(field) for field in said["fields"]), said["fields"]
        for commitment in (said["subject"], said["detail"]):
            assert commitment is None or re.fullmatch(r"[0-9a-f]{64}", commitment)


def test_columns_hold_no_more_than_leaves(auditor: Session, leaves: list[str]) -> None:
    with auditor.reading() as connection:
        for row in connection.execute(ENTRIES.select()):
            said = json.loads(row.leaf)
            assert (row.actor, row.case_id, row.purpose) == (said["actor"], said["case"], said["purpose"])


def test_queries_reasons_and_wrong_handles_are_sealed(auditor: Session) -> None:
    with auditor.reading() as connection:
        sealed = b"".join(connection.execute(DETAILS.select()).scalars("sealed"))

    assert len(sealed) > 1000
    assert [word for word in (*TOLD, TYPED_HANDLE) if word.encode() in sealed] == []


def test_an_export_for_people_outside_holds_no_more(used: World, auditor: Session) -> None:
    text = ExportedLog.of(auditor, used.clock()).text
    codes = tuple(str(code) for code in used.things.states("code").values())

    assert [word for word in (*TOLD, TYPED_HANDLE, ADDRESS, *HANDLES.values(), *codes) if word in text] == []


def test_of_an_erased_testimony_only_salted_commitments_remain(used: World, auditor: Session) -> None:
    code = str(used.things.states("code")["released"])
    with auditor.archive.database.writing() as connection:
        about = SUBJECTS.c.subject == code
        salts = connection.execute(SUBJECTS.select().where(about)).all()
        connection.execute(SUBJECTS.delete().where(about))

    log_now = ExportedLog.of(auditor, used.clock(), with_subjects=True)

    assert len(salts) > 10
    assert len({row.salt for row in salts}) == len(salts)
    assert log_now.fault() is None
    assert code not in log_now.text
    # Without its salt no commitment tells the code, not even to whoever tries every code there is.
    text = log_now.text
    assert not any(row.salt.hex() in text for row in salts)

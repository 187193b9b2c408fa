"""Originals: found and read by a grant that names them, with a reason, each in the log first (R39)."""

from datetime import timedelta
from typing import Any

import pytest

from search.errors import QueryTooCostly
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.codes import TESTIMONY, new_code
from testimony.domain.errors import BadCode, DailyCeilingReached, Invalid, NotFound, Problem, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Purpose
from testimony.services.checking import Finding, check
from testimony.services.finding import search
from testimony.services.granting import end_grant, list_grants
from testimony.services.original_readers import DAILY_CEILING, holds_key, offered_original_cases
from testimony.services.originals_search import read_original, search_originals
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.storage import originals_index
from testimony.storage.compartments import Compartment
from testimony.storage.consents import DecisionRow
from testimony.storage.errors import CompartmentClosed
from testimony.storage.log import StoredEntry
from tests.grants import GrantRequest, grant
from tests.originals_room import REASON, STUDY, WELLS, OriginalsRoom, codes
from tests.released_testimonies import leaf
from tests.services.conftest import Clock, People

UNKNOWN_CODE = new_code(TESTIMONY, lambda below: below // 3)
YES = DecisionRow("CP07", "granted")


@pytest.fixture
def room(people: People, clock: Clock) -> OriginalsRoom:
    return OriginalsRoom(people, clock)


@pytest.fixture
def opened(room: OriginalsRoom) -> OriginalsRoom:
    """The investigator holds a grant to originals and the key."""
    room.grant()
    room.enter()
    return room


def test_an_original_is_found_before_anything_of_it_is_released_and_read_word_for_word(
    opened: OriginalsRoom,
) -> None:
    code = opened.put()

    page = opened.look("poisoning")
    view = opened.read(code)

    assert (codes(page), page.total, page.next_key) == ([code], 1, None)
    (hit,) = page.hits
    assert (hit.version_no, hit.case_id, hit.language, hit.month) == (1, "CASE-1", "eng", "2026-02")
    assert [fragment.text for fragment in hit.snippet if fragment.marked] == ["poisoned"]
    assert (view.text, view.language, view.warning, view.case_id) == (WELLS, "eng", "CW00", "CASE-1")
    assert [(text.version_no, text.kind) for text in view.versions] == [(1, "verbatim")]


@pytest.mark.parametrize(
    "query", ["code:{code}", "case:CASE-1", "language:eng", "month:2026-02", 'name:"Tadfest Amelal"']
)
def test_originals_are_found_by_their_fields_and_names(opened: OriginalsRoom, query: str) -> None:
    code = opened.put()

    assert codes(opened.look(query.format(code=code))) == [code]


def test_pages_follow_each_other(opened: OriginalsRoom) -> None:
    put = {opened.put() for _ in range(22)}

    first = opened.look()
    session, request = opened.people["investigator"], SearchRequest("wells")
    rest = search_originals(session, request, STUDY, REASON, first.next_key, opened.clock())

    assert (len(first.hits), len(rest.hits), first.total, rest.next_key) == (20, 2, 22, None)
    assert {*codes(first), *codes(rest)} == put


def test_the_search_and_each_hit_are_in_the_log_with_query_and_reason_sealed(opened: OriginalsRoom) -> None:
    code = opened.put()

    opened.look()

    searched, shown = (leaf(entry) for entry in opened.entries(2))
    assert (searched["action"], searched["count"], searched["purpose"]) == (Action.SEARCH_ORIGINAL, 1, "CP07")
    assert searched["detail"] is not None
    assert (shown["action"], shown["case"], shown["purpose"]) == (Action.LIST_SHOWN, "CASE-1", "CP07")
    assert shown["fields"] == ["original", "snippet", "version:1"]
    assert subject(opened.entries(1)[0]) == code


def subject(entry: StoredEntry) -> str | None:
    return entry.subject[1] if entry.subject else None


def test_a_reading_is_in_the_log(opened: OriginalsRoom) -> None:
    code = opened.put()

    opened.read(code)

    (entry,) = opened.entries(1)
    said = leaf(entry)
    assert (said["action"], said["fields"]) == (Action.ITEM_SHOWN, ["original", "version:1"])
    assert (said["purpose"], said["case"], subject(entry)) == ("CP07", "CASE-1", code)
    assert said["detail"] is not None


CLOSED: dict[str, dict[str, Any]] = {
    "the witness said no to this purpose": {"decisions": (DecisionRow("CP07", "refused"),)},
    "the witness was never asked": {"decisions": (DecisionRow("CP14", "granted"),)},
    "the witness asked to hide details": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC04",)),)
    },
    "others are named as readers": {
        "decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC11",), readers=("a-other",)),)
    },
    "a condition is unknown": {"decisions": (DecisionRow("CP07", "granted_with_conditions", ("CC99",)),)},
    "the permission has ended": {"decisions": (DecisionRow("CP07", "granted", valid_until="2026-03-02"),)},
    "the permission has not begun": {"decisions": (DecisionRow("CP07", "granted", not_before="2026-03-03"),)},
    "the consent was withdrawn": {"decisions": (YES,), "consent": {"status": "withdrawn"}},
    "the review date has come": {"decisions": (YES,), "consent": {"review_due": "2026-03-02"}},
    "there is no lawful basis": {"decisions": (YES,), "consent": {"basis": None}},
    "it is quarantined": {"register": {"quarantined": 1}},
    "it is restricted": {"register": {"state": "restricted"}},
    "it is disposed of": {"register": {"state": "disposed"}},
    "it lies in another case": {"register": {"case_id": "CASE-2"}},
    "it lies in a closed part": {"register": {"tag_s": 1}},
    "it is at extreme risk": {"register": {"tag_r4": 1}},
    "it is a minor's without a guardian": {"register": {"minor": 1}},
}


@pytest.mark.parametrize("why", CLOSED, ids=lambda text: text.replace(" ", "-"))
def test_it_is_neither_found_nor_read_when(opened: OriginalsRoom, why: str) -> None:
    opened.open_second_case()
    code, other = opened.put(), opened.put()
    assert set(codes(opened.look())) == {code, other}

    if "decisions" in CLOSED[why]:
        opened.decide(code, *CLOSED[why]["decisions"], **CLOSED[why].get("consent", {}))
    if "register" in CLOSED[why]:
        opened.change(code, **CLOSED[why]["register"])

    page, by_code = opened.look(), opened.look(f"code:{code}")
    assert (codes(page), page.total) == ([other], 1)
    assert (codes(by_code), by_code.total) == ([], 0)
    with pytest.raises(Refused):
        opened.read(code)


ALLOWED: dict[str, DecisionRow] = {
    "a recipient condition binds others": DecisionRow("CP07", "granted_with_conditions", ("CC01",)),
    "a voice is to be changed": DecisionRow("CP07", "granted_with_conditions", ("CC05",)),
    "a day has come": DecisionRow("CP07", "granted_with_conditions", ("CC07",), not_before="2026-03-01"),
}


@pytest.mark.parametrize("why", ALLOWED, ids=lambda text: text.replace(" ", "-"))
def test_it_is_found_when(opened: OriginalsRoom, why: str) -> None:
    code = opened.put(WELLS, ALLOWED[why])

    assert codes(opened.look()) == [code]
    assert opened.read(code).text == WELLS


def test_a_closed_part_opens_with_a_grant_to_originals_that_names_it(room: OriginalsRoom) -> None:
    code = room.put(WELLS, tag_s=1)
    room.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}))
    room.enter()

    assert codes(room.look()) == [code]


def test_a_purpose_that_the_grant_to_originals_does_not_name_is_refused(opened: OriginalsRoom) -> None:
    code = opened.put()
    opened.grant(Purpose.CP14, originals=False)

    for act in (lambda: opened.look(purpose=Purpose.CP14), lambda: opened.read(code, Purpose.CP14)):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.reasons == (DenyReason.PURPOSE_NOT_GRANTED,)


def test_what_is_not_there_and_what_is_not_open_are_both_not_found_or_refused(opened: OriginalsRoom) -> None:
    with pytest.raises(NotFound):
        opened.read(UNKNOWN_CODE)
    with pytest.raises(BadCode):
        opened.read("nonsense")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "required"),
        ("   \n ", "required"),
        ("too short", "too_short"),
        ("a   b \n  c", "too_short"),
        ("r" * 501, "too_long"),
    ],
)
def test_without_a_reason_nothing_is_searched_or_shown(opened: OriginalsRoom, reason: str, code: str) -> None:
    put = opened.put()
    session, now = opened.people["investigator"], opened.clock()

    for act in (
        lambda: search_originals(session, SearchRequest("wells"), STUDY, reason, None, now),
        lambda: read_original(session, put, STUDY, reason, now),
    ):
        with pytest.raises(Invalid) as invalid:
            act()
        assert invalid.value.problems == (Problem("reason", code),)


def test_a_query_that_costs_too_much_is_in_the_log(opened: OriginalsRoom) -> None:
    opened.put()

    with pytest.raises(QueryTooCostly):
        opened.look("w " * 100)

    said = leaf(opened.entries(1)[0])
    assert (said["action"], said["outcome"]) == (Action.SEARCH_ORIGINAL, Outcome.DENIED)
    assert said["fields"] == ["too costly", "terms"]


def test_twenty_originals_a_day_and_no_more_until_midnight(opened: OriginalsRoom) -> None:
    put = [opened.put() for _ in range(DAILY_CEILING + 1)]
    left = [opened.read(code).left_today for code in put[:DAILY_CEILING]]

    again = opened.read(put[0])
    with pytest.raises(DailyCeilingReached) as ceiling:
        opened.read(put[-1])

    assert left == list(range(DAILY_CEILING - 1, -1, -1))
    assert again.text == WELLS
    assert ceiling.value.limit == DAILY_CEILING
    assert ceiling.value.retry_after_seconds == 15 * 3600 + 1
    said = leaf(opened.entries(1)[0])
    assert (said["action"], said["fields"]) == (Action.DENIED, ["original", "daily ceiling"])
    opened.clock.forward(hours=15)
    opened.enter()
    assert opened.read(put[-1]).text == WELLS


def test_offered_are_the_cases_of_grants_to_originals_alone(room: OriginalsRoom) -> None:
    room.open_second_case()
    room.grant(STUDY, Purpose.CP14)
    room.grant(case_id="CASE-2", originals=False)
    me = room.enter()

    (offer,) = offered_original_cases(me, room.clock())

    assert (offer.case.case_id, offer.purposes) == ("CASE-1", (STUDY, Purpose.CP14))
    assert offer.until == room.clock() + timedelta(days=60)
    assert offered_original_cases(room.people["investigator_b"], room.clock()) == ()


@pytest.mark.parametrize("name", ["reviewer", "interviewer", "custodian", "auditor"])
def test_no_other_role_searches_originals(room: OriginalsRoom, name: str) -> None:
    code = room.put()

    with pytest.raises(Refused):
        room.look(name=name)
    with pytest.raises(Refused):
        room.read(code, name=name)
    with pytest.raises(Refused):
        offered_original_cases(room.people[name], room.clock())


def vault_is_open_to(session: Session) -> bool:
    return Compartment.VAULT in session.archive.secrets


def test_the_vaults_key_comes_with_a_grant_to_originals_and_with_no_other(room: OriginalsRoom) -> None:
    room.grant(handle="investigator-2", originals=False)
    assert not vault_is_open_to(room.enter("investigator_b"))
    assert not holds_key(room.enter())

    room.grant()

    assert holds_key(room.enter())
    assert not vault_is_open_to(room.enter("investigator_b"))


@pytest.mark.parametrize("how", ["ended", "past"])
def test_the_vaults_key_goes_with_the_grant(opened: OriginalsRoom, how: str) -> None:
    given = opened.grant()
    for one in offered_original_cases(opened.people["investigator"], opened.clock()):
        assert one.until == given.valid_until
    if how == "past":
        opened.clock.forward(days=61)
    else:
        end_all(opened)

    me = opened.enter()

    assert not vault_is_open_to(me)
    said = [leaf(entry) for entry in opened.entries(6)]
    assert ["vault-taken-back"] in [entry["fields"] for entry in said]
    assert vault_is_open_to(opened.enter("reviewer"))


def end_all(room: OriginalsRoom) -> None:
    for view in list_grants(room.people["custodian"], room.clock()):
        end_grant(room.people["custodian"], view.grant_id, "over", room.clock())


def test_without_the_key_nothing_is_searched(room: OriginalsRoom) -> None:
    code = room.put()
    room.people["investigator"]  # Signed in before the grant: without the key.
    room.grant()

    assert not holds_key(room.people["investigator"])
    with pytest.raises(CompartmentClosed):
        room.look()
    with pytest.raises(CompartmentClosed):
        room.read(code)


def test_who_takes_testimonies_is_given_no_originals(people: People, clock: Clock) -> None:
    with pytest.raises(Invalid) as invalid:
        grant(people["custodian"], request_for("interviewer-1", clock), clock())

    assert invalid.value.problems == (Problem("handle", "not_investigator"),)


def request_for(handle: str, clock: Clock) -> GrantRequest:
    return GrantRequest(
        handle=handle,
        case_id="CASE-1",
        purposes=frozenset({STUDY}),
        valid_from=clock(),
        valid_until=clock() + timedelta(days=3),
        originals=True,
    )


def test_a_grant_to_originals_opens_released_text_as_well(opened: OriginalsRoom) -> None:
    opened.put()

    page = search(opened.people["investigator"], SearchRequest("wells"), STUDY, None, opened.clock())

    assert page.total == 0  # Nothing is released; nothing is refused either.


def test_the_check_finds_an_original_that_the_index_lacks_or_has_too_much(opened: OriginalsRoom) -> None:
    code = opened.put()
    session = opened.people["reviewer"]
    assert check(session, opened.clock()) == ()

    with session.work(opened.clock()) as work:
        (document_id,) = work.connection.execute(originals_index.DOCUMENTS.select()).one()[:1]
        originals_index.INDEX.remove(work.connection, document_id)
    lacks = check(session, opened.clock())
    with session.work(opened.clock()) as work:
        originals_index.put_version(work.connection, code, 1)
    whole = check(session, opened.clock())

    assert lacks == (Finding("index_differs", "vault.db"),)
    assert whole == ()

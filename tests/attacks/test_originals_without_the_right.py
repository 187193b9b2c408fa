"""Ways to the originals for somebody who has a part of the right, or had it: none leads there (R39, G3, G5, G7)."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from search.errors import QueryTooCostly
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import DailyCeilingReached, IntegrityFailed, Invalid, NotFound, Refused
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol
from testimony.services.archives import Archive
from testimony.services.audit import open_detail
from testimony.services.certificates import sign_statement
from testimony.services.granting import end_grant
from testimony.services.invitations import Newcomer
from testimony.services.original_readers import DAILY_CEILING, holds_key
from testimony.services.originals_search import read_original, search_originals
from testimony.services.receiving import receive_inbox
from testimony.services.review import open_desk
from testimony.services.search_requests import SearchRequest
from testimony.services.throttling import Throttle
from testimony.storage.compartments import Compartment
from testimony.storage.consents import DecisionRow
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grants import GRANTS, GrantRow, insert_grant
from testimony.storage.originals import ORIGINALS, VERSIONS
from testimony.web.errors import PAGES
from tests.grants import GrantRequest, grant
from tests.originals_room import STUDY, WELLS, OriginalsRoom
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template, people
from tests.traces import of_words, traces

__all__ = ["archive", "clock", "founded_template", "people"]

MARKED = ("zanzibarquadrille", "Ωκεανοῦβροντή")


@pytest.fixture
def room(people: People, clock: Clock) -> OriginalsRoom:
    return OriginalsRoom(people, clock)


@pytest.fixture
def opened(room: OriginalsRoom) -> OriginalsRoom:
    """The investigator holds a grant to originals and the key."""
    room.grant()
    room.enter()
    return room


def require_closed(room: OriginalsRoom, code: str, reason: DenyReason) -> None:
    """Nothing is found, nothing read, and both are in the log as denied."""
    for act in (room.look, lambda: room.read(code)):
        with pytest.raises(Refused) as refusal:
            act()
        assert reason in refusal.value.reasons
        assert room.entries(1)[0].action == Action.DENIED


def test_a_grant_to_released_text_opens_no_original(room: OriginalsRoom) -> None:
    room.grant(handle="investigator-2")
    room.grant(originals=False)
    room.enter("investigator_b")
    room.enter()
    code = room.put()
    assert room.look(name="investigator_b").total == 1

    require_closed(room, code, DenyReason.NO_GRANT)


def test_the_key_that_is_still_held_opens_nothing_when_the_grant_has_ended(opened: OriginalsRoom) -> None:
    given = opened.grant(Purpose.CP14)
    code = opened.put()
    assert opened.look().total == 1
    with opened.people["custodian"].reading() as connection:
        ids = [row.grant_id for row in connection.execute(GRANTS.select())]

    for grant_id in ids:
        end_grant(opened.people["custodian"], grant_id, "over", opened.clock())

    assert given.id in ids
    assert holds_key(opened.people["investigator"])
    require_closed(opened, code, DenyReason.NO_GRANT)


def test_the_key_that_is_still_held_opens_nothing_after_the_last_day(opened: OriginalsRoom) -> None:
    code = opened.put()
    opened.clock.forward(days=60)

    assert holds_key(opened.people["investigator"])
    require_closed(opened, code, DenyReason.NO_GRANT)


def test_the_key_without_a_grant_opens_nothing(room: OriginalsRoom) -> None:
    """A reviewer holds the vault's key, and has a room of their own."""
    code = room.put()
    assert holds_key(room.people["reviewer"])

    with pytest.raises(Refused):
        room.look(name="reviewer")
    with pytest.raises(Refused):
        room.read(code, name="reviewer")


def test_with_the_key_an_investigator_has_no_way_into_the_rooms_of_reviewers(opened: OriginalsRoom) -> None:
    code = opened.put()
    me, now = opened.people["investigator"], opened.clock()

    for act in (lambda: open_desk(me, code, now), lambda: receive_inbox(me, now)):
        with pytest.raises(Refused):
            act()


@pytest.mark.parametrize(
    "parts", [frozenset[ClosedPart](), frozenset({ClosedPart.CHILDREN})], ids=["none", "another"]
)
def test_a_closed_part_stays_closed(room: OriginalsRoom, parts: frozenset[ClosedPart]) -> None:
    code = room.put(WELLS, tag_s=1)
    room.grant(parts=parts)
    room.grant(parts=frozenset({ClosedPart.SEXUAL_VIOLENCE}), originals=False)
    room.enter()

    assert room.look().total == 0
    with pytest.raises(Refused):
        room.read(code)


def test_a_no_closes_an_original_at_once(opened: OriginalsRoom) -> None:
    code = opened.put()
    assert opened.look().total == 1

    opened.decide(code, DecisionRow("CP07", "refused"))

    assert opened.look().total == 0
    with pytest.raises(Refused) as refusal:
        opened.read(code)
    assert refusal.value.reasons == (DenyReason.CONSENT_REFUSED,)


def test_what_is_not_there_and_what_is_not_open_are_refused_without_a_difference_outside(
    opened: OriginalsRoom,
) -> None:
    """Both become the same page: `web/errors.py` maps them to one."""
    assert PAGES[NotFound] is PAGES[Refused]


def test_a_grant_whose_word_on_originals_was_changed_opens_nothing(room: OriginalsRoom) -> None:
    code = room.put()
    room.grant(originals=False)
    with room.people["investigator"].work(room.clock()) as work:
        row = work.connection.execute(GRANTS.select()).one()
        widened = row.statement.replace(b'"originals":false', b'"originals":true')
        work.connection.execute(GRANTS.update().values(statement=widened))
    assert widened != row.statement

    me = room.enter()

    assert not holds_key(me)
    require_closed(room, code, DenyReason.NO_GRANT)


def test_a_grant_that_an_investigator_signed_for_themselves_brings_no_key(room: OriginalsRoom) -> None:
    code = room.put()
    given, me = room.grant(handle="investigator-2"), room.people["investigator"]
    document = {**given.to_document(), "account": me.account.id, "id": "forged"}
    forged = sign_statement(document, me.account.id, me.keys.signing, Label.GRANT)
    with me.work(room.clock()) as work:
        insert_grant(work.connection, GrantRow("forged", me.account.id, "CASE-1", forged, None))

    assert holds_key(room.enter("investigator_b"))
    assert not holds_key(room.enter())
    require_closed(room, code, DenyReason.NO_GRANT)


def test_a_custodian_gives_no_originals_to_whoever_takes_testimonies(people: People, clock: Clock) -> None:
    """What an interviewer handed in would open again to its interviewer (G3)."""
    both = Newcomer("both-1", "Both", frozenset({Role.INTERVIEWER, Role.INVESTIGATOR}))
    invitation = enrol(people["custodian"], both, clock())
    activate(people.archive, Throttle(), "both-1", invitation.code, PASSWORD, clock())
    request: dict[str, Any] = {
        "handle": "both-1",
        "case_id": "CASE-1",
        "purposes": frozenset({STUDY}),
        "valid_from": clock(),
        "valid_until": clock() + timedelta(days=3),
    }
    assert grant(people["custodian"], GrantRequest(**request), clock())

    with pytest.raises(Invalid) as invalid:
        grant(people["custodian"], GrantRequest(**request, originals=True), clock())

    assert [problem.code for problem in invalid.value.problems] == ["takes_testimonies"]


def test_the_ceiling_is_of_the_day_and_not_of_the_session(opened: OriginalsRoom) -> None:
    put = [opened.put() for _ in range(DAILY_CEILING + 1)]
    for code in put[:DAILY_CEILING]:
        opened.read(code)
    opened.grant(Purpose.CP09)

    opened.enter()

    for purpose in (STUDY, Purpose.CP09):
        with pytest.raises(DailyCeilingReached):
            opened.read(put[-1], purpose)


@pytest.mark.parametrize("reason", ["", " " * 40, "because", "\u200b" * 20])
def test_without_a_reason_nothing_is_shown_and_nothing_is_searched(
    opened: OriginalsRoom, reason: str
) -> None:
    code = opened.put()
    me, now = opened.people["investigator"], opened.clock()
    before = opened.entries(1)

    with pytest.raises(Invalid):
        search_originals(me, SearchRequest("wells"), STUDY, reason, None, now)
    with pytest.raises(Invalid):
        read_original(me, code, STUDY, reason, now)

    assert opened.entries(1) == before


def test_no_word_of_query_or_reason_is_on_the_disk_and_an_auditor_reads_both(
    opened: OriginalsRoom, archive: Archive
) -> None:
    code = opened.put(f"They asked for {MARKED[0]} again.")
    me, now = opened.people["investigator"], opened.clock()
    why = f"Looking for {MARKED[1]} in it"

    search_originals(me, SearchRequest(MARKED[0]), STUDY, why, None, now)
    searched = opened.entries(2)[0]
    read_original(me, code, STUDY, why, now)

    assert traces([archive.directory.path], of_words(MARKED)) == []
    assert open_detail(opened.people["auditor"], searched.seq, now) == f"{MARKED[0]}\n{why}"


def test_the_words_of_query_and_reason_are_in_no_table_that_the_reader_can_open(
    opened: OriginalsRoom,
) -> None:
    opened.put()
    me, now = opened.people["investigator"], opened.clock()

    search_originals(me, SearchRequest(MARKED[0]), STUDY, f"Looking for {MARKED[1]}", None, now)

    with me.reading() as connection:
        held = [
            value if isinstance(value, bytes) else str(value).encode()
            for schema in ("main", "vault", "reading_room")
            for (name,) in connection.execute(
                sa.text(f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table'")
            ).all()
            for row in connection.execute(sa.text(f'SELECT * FROM {schema}."{name}"'))
            for value in row
        ]
    assert len(held) > 100
    assert [form for form in of_words(MARKED).values() if any(form in value for value in held)] == []


def test_nothing_of_an_original_comes_into_the_reading_room(opened: OriginalsRoom) -> None:
    opened.put(f"They asked for {MARKED[0]} again.")
    opened.look(MARKED[0])

    with opened.people["reviewer"].reading() as connection:
        tables = connection.execute(
            sa.text("SELECT name FROM reading_room.sqlite_schema WHERE type = 'table'")
        ).scalars()
        rows = [
            str(row)
            for name in tables.all()
            for row in connection.execute(sa.text(f'SELECT * FROM reading_room."{name}"'))
        ]
    assert not [row for row in rows if MARKED[0] in row]


@pytest.mark.parametrize(
    "change",
    [
        VERSIONS.update().values(text="They never came."),
        VERSIONS.update().values(text="They never came.", sha256="0" * 64),
        ORIGINALS.update().values(signature=b"\0" * 3373),
        ORIGINALS.update().values(document=b"{}"),
    ],
    ids=["text", "text and hash", "signature", "document"],
)
def test_an_original_that_was_changed_on_disk_is_not_shown(opened: OriginalsRoom, change: sa.Update) -> None:
    code = opened.put()
    assert opened.read(code).text == WELLS
    with opened.people["reviewer"].work(opened.clock()) as work:
        work.connection.execute(change)

    with pytest.raises(IntegrityFailed):
        opened.read(code)

    entry = opened.entries(1)[0]
    assert entry.action == Action.DENIED
    assert DenyReason.INTEGRITY_FAILED.encode() in entry.leaf


def test_when_the_log_cannot_be_written_nothing_is_shown(opened: OriginalsRoom) -> None:
    code = opened.put()
    full = "CREATE TRIGGER no_more BEFORE INSERT ON log_entries BEGIN SELECT RAISE(ABORT, 'full'); END"
    with opened.people["reviewer"].work(opened.clock()) as work:
        work.connection.execute(sa.text(full))

    for act in (opened.look, lambda: opened.read(code)):
        with pytest.raises(ArchiveDamaged):
            act()


@pytest.mark.parametrize(
    "typed",
    [
        "' OR 1=1 --",
        '") OR r.quarantined = 1 OR ("',
        "wells' UNION SELECT text FROM vault.original_versions --",
        ":gate_account :search_match ?",
        "NOT NOT NOT",
        "*",
        "code:T-*",
        "case:* OR month:[to 2030]",
        "\ud800 half a character",
        "x" * 100_000,
    ],
)
def test_a_hostile_query_finds_no_original_that_is_closed(opened: OriginalsRoom, typed: str) -> None:
    opened.put(WELLS, quarantined=1)
    open_one = opened.put()

    try:
        page = opened.look(typed)
    except QueryTooCostly:
        return

    assert {hit.code for hit in page.hits} <= {open_one}
    assert page.total <= 1


def test_the_slot_of_the_vault_is_not_handed_on_by_somebody_who_lacks_the_key(room: OriginalsRoom) -> None:
    room.grant()
    me = room.people["investigator"]  # Signed in after the grant, before any reviewer.

    slots = room.people.archive.keyring().slots_of(me.account.id)

    assert Compartment.VAULT not in slots
    assert Compartment.VAULT in room.people.archive.keyring().slots_of(room.people["reviewer"].account.id)

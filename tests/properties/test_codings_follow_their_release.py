"""Whatever was coded from whatever releases: each audience is told what it may be told, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from testimony.domain.acts import Coding, Perpetrators, group_of, told_to
from testimony.domain.places import FLOORS, Place, PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience
from testimony.storage.acts import CODED_ACCOUNT_TYPES, CODED_ACTS, insert_act, withdraw_act
from testimony.storage.coding import coded, query_labels
from testimony.storage.places import PLACE_NAMES, PLACES, insert_place
from testimony.storage.releases import RELEASES

CODE = "T-0000-00"
PATH = ("ML", "region", "cercle", "commune", "settlement", "site", "point")
"""A place at every level, each inside the one before."""


@dataclass(frozen=True)
class Drawn:
    audience: Audience
    violation: str
    place: str | None
    when: str | None
    group: str | None
    is_withdrawn: bool


ACTS = st.lists(
    st.builds(
        Drawn,
        audience=st.sampled_from(list(Audience)),
        violation=st.sampled_from(["PRO.03", "PRO.06", "KIL.01", "SXV.01"]),
        place=st.sampled_from([None, *PATH]),
        when=st.sampled_from([None, "2024-11-14", "2024~", "2024-01-05/2024-03-02?"]),
        group=st.sampled_from([None, "PG01", "PG05"]),
        is_withdrawn=st.booleans(),
    ),
    max_size=6,
)


@contextmanager
def reading_room() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", creator=lambda: dbapi2.connect(":memory:"), module=dbapi2)
    with engine.connect() as connection:
        connection.exec_driver_sql("ATTACH ':memory:' AS reading_room")
        for table in (RELEASES, PLACES, PLACE_NAMES, CODED_ACTS, CODED_ACCOUNT_TYPES):
            table.create(connection)
        for number, audience in enumerate(Audience, start=1):
            connection.execute(RELEASES.insert(), release(number, audience))
        for rank, place_id in enumerate(PATH[1:], start=2):
            place = Place(
                PlaceId(place_id),
                PlaceId(PATH[rank - 2]),
                PlaceLevel(f"PL{rank}"),
                None,
                (PlaceName(f"Name of {place_id}", "und"),),
            )
            insert_place(connection, place, added_by="c", added_on="2026-01-01")
        yield connection
    engine.dispose()


def release(number: int, audience: Audience) -> dict[str, object]:
    texts = dict.fromkeys(("language", "case_id", "text", "text_sha256", "withheld", "released_at"), "x")
    flags = dict.fromkeys(("hides_named_details", "residual_checked", "current", "number"), 1)
    people = {"redactor_id": "a", "approver_id": "b", "releaser_id": "b"}
    named = {"id": number, "code": CODE, "audience": audience.value, "rank": audience.rank}
    return {**texts, **flags, **people, **named, "statement": b"", "signature": b""}


def put(connection: sa.Connection, number: int, act: Drawn) -> None:
    coding = Coding(
        violation=act.violation,
        passage=None,
        basis="BA01",
        perpetrators=Perpetrators(act.group) if act.group else None,
        place=PlaceId(act.place) if act.place else None,
        when=act.when,
    )
    insert_act(
        connection,
        coding,
        act_id=str(number),
        code=CODE,
        release_id=list(Audience).index(act.audience) + 1,
        vocabulary="1",
        coder="c",
        coded_on="2026-01-01",
    )
    if act.is_withdrawn:
        withdraw_act(connection, str(number), by="c", on="2026-01-02")


@given(ACTS)
@settings(max_examples=60, deadline=None)
def test_each_audience_is_told_what_its_releases_tell_down_to_its_floor(acts: list[Drawn]) -> None:
    with reading_room() as connection:
        for number, act in enumerate(acts):
            put(connection, number, act)

        told = {audience: coded(connection, CODE, audience) for audience in Audience}

    for audience in Audience:
        known = [act for act in acts if act.audience.rank <= audience.rank and not act.is_withdrawn]
        reach = PATH[: FLOORS[audience].rank]
        places = {
            around
            for act in known
            if act.place is not None
            for around in PATH[: PATH.index(act.place) + 1]
            if around in reach
        }
        fields = told[audience].fields
        assert set(fields.get("act", ())) == {v for a in known for v in (a.violation, group_of(a.violation))}
        assert set(fields.get("perp", ())) == {act.group for act in known if act.group}
        assert set(fields.get("place", ())) == places
        assert set(fields.get("event", ())) == {told_to(act.when, audience) for act in known if act.when}
        named = {label.text for label in told[audience].labels if label.text.startswith("Name of ")}
        assert named == {f"Name of {place}" for place in places - {"ML"}}


@given(ACTS)
@settings(max_examples=30, deadline=None)
def test_a_wider_audience_never_learns_what_a_narrower_one_does_not(acts: list[Drawn]) -> None:
    with reading_room() as connection:
        for number, act in enumerate(acts):
            put(connection, number, act)
        public, partner, court = (coded(connection, CODE, audience) for audience in Audience)

    for wider, narrower in ((public, partner), (partner, court)):
        assert set(wider.labels) <= set(narrower.labels)
        for name in ("act", "perp", "place", "basis"):
            assert set(wider.fields.get(name, ())) <= set(narrower.fields.get(name, ()))


def test_a_query_is_offered_no_place_below_the_floor() -> None:
    with reading_room() as connection:
        offered = {audience: query_labels(connection, audience)["place"] for audience in Audience}

    for audience, labels in offered.items():
        named = {label.removeprefix("Name of ") for label in labels if label.startswith("Name of ")}
        assert named == set(PATH[1 : FLOORS[audience].rank])

"""Who is who in a release: one token an entity, another series an audience, values said less exactly."""

import re

import pytest

from testimony.domain.errors import Invalid
from testimony.domain.places import Place, PlaceId, PlaceLevel, PlaceName
from testimony.domain.purposes import Audience
from testimony.services.generalised import ITSELF
from testimony.services.mark_acts import undo
from testimony.services.redacting import Cover, mark_everywhere, mark_words
from testimony.services.releasing import release
from testimony.services.token_series import series_of
from testimony.storage import places, releases
from testimony.storage.countries import countries
from tests.review_room import approved, marks, taken, turn
from tests.services.conftest import Clock, People

TEXT = (
    "Akli ag Wartan was 34 when they came to Inekar on 2024-05-03. Fadi saw Akli ag Wartan. "
    "Inekar burned, and Fadi ran to the wells."
)


def put_places(people: People, clock: Clock) -> None:
    chain = (
        ("p-timbuktu", "c-mli", PlaceLevel.REGION, "Timbuktu"),
        ("p-alafia", "p-timbuktu", PlaceLevel.COMMUNE, "Alafia"),
        ("p-inekar", "p-alafia", PlaceLevel.SETTLEMENT, "Inekar"),
    )
    with people["reviewer"].work(clock()) as work:
        mali = next(p.id for p in countries().values() if p.name("eng") == "Mali")
        for place_id, parent, level, name in chain:
            above = mali if parent == "c-mli" else PlaceId(parent)
            made = Place(PlaceId(place_id), above, level, None, (PlaceName(name, "eng"),))
            places.insert_place(work.connection, made, added_by="a", added_on="2026-03-01")


def released_text(people: People, code: str, audience: Audience, clock: Clock) -> str:
    reviewer, second = people["reviewer"], people["reviewer_b"]
    approved(reviewer, second, code, clock(), audience)
    release(second, code, audience, clock())
    with people["investigator"].reading() as connection:
        shown = releases.release_for(connection, code, audience.value)
    assert shown is not None
    return shown.text


def covered(people: People, clock: Clock, **exact: str) -> str:
    """An account with two victims and what `exact` names marked."""
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), TEXT)
    for words, who in (("Akli ag Wartan", "a"), ("Fadi", "f")):
        cover = Cover("X.2", Audience.PARTNER, entity=who)
        mark_words(reviewer, turn(reviewer, code), words, 0, cover, clock())
    for words, value in exact.items():
        cover = Cover("X.3", Audience.PARTNER, exact=value)
        mark_words(reviewer, turn(reviewer, code), words.replace("_", "-").strip("-"), 0, cover, clock())
    return code


def test_values_are_said_as_exactly_as_each_audience_may_be_told(people: People, clock: Clock) -> None:
    put_places(people, clock)
    code = covered(people, clock, Inekar=ITSELF, _34=ITSELF, _2024_05_03=ITSELF)

    partner = released_text(people, code, Audience.PARTNER, clock)
    public = released_text(people, code, Audience.PUBLIC, clock)

    assert "was [aged 30-39] when they came to [village in the commune of Alafia] on [2024-05]." in partner
    assert "[village in the region of Timbuktu] burned" in public
    assert "Inekar" not in partner + public


def test_two_audiences_have_two_series_of_numbers(people: People, clock: Clock) -> None:
    code = covered(people, clock)

    partner = released_text(people, code, Audience.PARTNER, clock)
    public = released_text(people, code, Audience.PUBLIC, clock)

    assert re.findall(r"\[victim (\d+)\]", partner) == ["1", "2", "1", "2"]
    first, second, again, last = re.findall(r"\[victim (\d+)\]", public)
    assert (first, second) == (again, last)
    assert {len(first), len(second)} == {3}
    assert re.sub(r"\d+", "", partner) == re.sub(r"\d+", "", public)


def test_two_recipients_and_two_testimonies_have_series_of_their_own(people: People, clock: Clock) -> None:
    me, other = people["reviewer"], people["reviewer_b"]

    keys = {
        series_of(me, code, audience, recipient).key
        for code in ("T-1", "T-2")
        for audience in (Audience.PUBLIC, Audience.COURT)
        for recipient in ("", "r-1", "r-2")
    }

    assert len(keys) == 12
    assert series_of(me, "T-1", Audience.PARTNER).key == b""
    assert series_of(me, "T-1", Audience.PARTNER, "r-1").key != b""
    assert series_of(me, "T-1", Audience.PUBLIC) == series_of(other, "T-1", Audience.PUBLIC)


def test_what_nobody_can_say_less_exactly_is_refused(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), TEXT)

    for told in (ITSELF, "nowhere", "place:[]", "x" * 1_001):
        with pytest.raises(Invalid) as refusal:
            cover = Cover("X.3", Audience.PARTNER, exact=told)
            mark_words(reviewer, turn(reviewer, code), "wells", 0, cover, clock())
        assert {problem.field for problem in refusal.value.problems} == {"exact"}


def test_a_place_name_that_two_places_have_is_not_guessed(people: People, clock: Clock) -> None:
    put_places(people, clock)
    with people["reviewer"].work(clock()) as work:
        twin = Place(
            PlaceId("p-twin"), PlaceId("p-timbuktu"), PlaceLevel.SITE, None, (PlaceName("inekar", "eng"),)
        )
        places.insert_place(work.connection, twin, added_by="a", added_on="2026-03-01")

    with pytest.raises(Invalid):
        covered(people, clock, Inekar=ITSELF)


def test_all_mentions_are_generalised_like_the_first_and_undone_together(
    people: People, clock: Clock
) -> None:
    put_places(people, clock)
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), TEXT)
    cover = Cover("X.3", Audience.PARTNER, exact=ITSELF)
    done = mark_words(reviewer, turn(reviewer, code), "Inekar", 1, cover, clock())

    mark_everywhere(reviewer, turn(reviewer, code), done.mark_ids[0], clock())

    assert len({row.exact for row in marks(reviewer, code)}) == 1
    assert len(marks(reviewer, code)) == 2
    undo(reviewer, turn(reviewer, code), clock())
    undo(reviewer, turn(reviewer, code), clock())
    assert marks(reviewer, code) == ()

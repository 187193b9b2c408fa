"""A changed voice, a hidden face: conditions on copies of files, held when one is made, released and kept open."""

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.consent import Decision
from testimony.domain.consent_terms import Change, Decided
from testimony.domain.errors import Invalid, NotFound, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.media.copying import Made
from testimony.media.recordings import Passage
from testimony.services import derivatives
from testimony.services.approving_files import FileTick, approach_copy, approve_copy, open_copy
from testimony.services.carrying_out import carry_out_waiting
from testimony.services.consent_words import Words
from testimony.services.consenting import confirm, record
from testimony.services.derivatives import make
from testimony.services.keeping_copies import keep
from testimony.services.recipient_files import files_for_recipient
from testimony.services.recording_copies import Silenced, Treatment, parameters_of
from testimony.services.released_files import files_beside, open_released, release_copy
from testimony.storage import consent_versions, originals
from tests.file_copies import (
    FACE,
    approved_copy,
    copied,
    give_grant,
    released_copy,
    released_text,
    with_photograph,
)
from tests.later_consents import IN_PERSON
from tests.recipients_room import account_with_file, named, own_copy, sealed
from tests.services.conftest import Clock, People

READ = Purpose.CP07
BOTH_TICKS = frozenset({FileTick.NOBODY_RECOGNISED, FileTick.FACES_HIDDEN})
SAID_NOTHING = Silenced(Passage(1, 2), "X.1")


def kept_sound(people: People, clock: Clock, code: str, treatment: Treatment) -> str:
    """A copy of a recording, as FFmpeg would have made it."""
    with people["reviewer"].reading() as connection:
        attachment = originals.find_attachment(connection, code, 1)
    assert attachment is not None
    made = Made(b"OggS sound", "audio/ogg", 0, "a tool")
    return keep(people["reviewer"], attachment, Audience.PARTNER, made, parameters_of(treatment), clock())


def with_sound(people: People, clock: Clock, *conditions: str) -> str:
    return with_photograph(people, clock, b"a sound", kind="XK12", mime="audio/wav", conditions=conditions)


def problems(people: People, clock: Clock, code: str, treatment: Treatment) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as invalid:
        kept_sound(people, clock, code, treatment)
    return [(problem.field, problem.code) for problem in invalid.value.problems]


def later(people: People, clock: Clock, code: str, *conditions: str) -> None:
    """The witness says of reading what they say now, and two custodians record it."""
    said = Decided(READ, Decision.GRANTED_WITH_CONDITIONS, conditions)
    change = Change(
        decisions=(said,), given_on=clock().date(), language="eng", evidence="CE04", explained=True
    )
    if record(people["custodian"], code, change, Words(), IN_PERSON, clock()).in_force:
        return
    with people["custodian"].reading() as connection:
        waiting = consent_versions.proposal_of(connection, code)
    assert waiting is not None
    confirm(people["custodian_b"], waiting.proposal_id, clock())


def test_sound_under_a_condition_is_copied_only_with_another_voice(people: People, clock: Clock) -> None:
    code = with_sound(people, clock, "CC05")

    silenced_alone = problems(people, clock, code, Treatment((SAID_NOTHING,)))
    copy = kept_sound(people, clock, code, Treatment(changes_voice=True))

    assert silenced_alone == [("condition", "CC05")]
    assert approach_copy(people["reviewer_b"], copy, clock()).row.state == "proposed"


def test_a_condition_on_faces_binds_no_sound(people: People, clock: Clock) -> None:
    assert kept_sound(people, clock, with_sound(people, clock, "CC06"), Treatment())


def test_a_picture_under_a_condition_needs_two_people_who_say_that_no_face_is_seen(
    people: People, clock: Clock
) -> None:
    code = with_photograph(people, clock, conditions=("CC06",))
    released_text(people, clock, code)
    second = people["reviewer_b"]

    with pytest.raises(Invalid):
        copied(people, clock, code)
    copy = make(people["reviewer"], code, 1, Audience.PARTNER, (FACE,), clock(), hides_faces=True)
    open_copy(second, copy, clock())
    with pytest.raises(Invalid) as untold:
        approve_copy(second, copy, frozenset({FileTick.NOBODY_RECOGNISED}), clock())
    approve_copy(second, copy, BOTH_TICKS, clock())

    assert [problem.field for problem in untold.value.problems] == ["faces_hidden"]
    assert release_copy(second, copy, clock()) == code


def test_a_condition_that_came_after_the_approval_stops_the_release(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    copy = approved_copy(people, clock, code)
    later(people, clock, code, "CC06")

    with pytest.raises(Refused) as refusal:
        release_copy(people["reviewer_b"], copy, clock())

    assert refusal.value.reasons == (DenyReason.CONDITION_NOT_MET,)


def test_a_condition_that_came_after_the_release_closes_the_file_at_once_and_for_good(
    people: People, clock: Clock
) -> None:
    code, _ = released_copy(people, clock)
    give_grant(people, clock)
    reader = people["investigator"]
    assert len(files_beside(reader, code, READ, clock())) == 1

    later(people, clock, code, "CC06")
    before_the_vault_followed = files_beside(reader, code, READ, clock())
    with pytest.raises(NotFound):
        open_released(reader, code, 1, READ, clock())
    carry_out_waiting(people["reviewer"], clock())

    assert before_the_vault_followed == files_beside(reader, code, READ, clock()) == ()


def test_a_condition_that_the_copy_meets_leaves_it_open(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    second = people["reviewer_b"]
    copy = make(people["reviewer"], code, 1, Audience.PARTNER, (FACE,), clock(), hides_faces=True)
    open_copy(second, copy, clock())
    approve_copy(second, copy, BOTH_TICKS, clock())
    release_copy(second, copy, clock())
    give_grant(people, clock)

    later(people, clock, code, "CC06")
    carry_out_waiting(people["reviewer"], clock())

    assert len(files_beside(people["investigator"], code, READ, clock())) == 1


def test_a_condition_that_came_later_lets_a_recipients_copy_go_no_more(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    own_copy(people, clock, code, who)
    assert len(files_for_recipient(people["reviewer"], code, kept, clock())) == 1

    later(people, clock, code, "CC06")
    before_the_vault_followed = files_for_recipient(people["reviewer"], code, kept, clock())
    carry_out_waiting(people["reviewer"], clock())

    assert before_the_vault_followed == files_for_recipient(people["reviewer"], code, kept, clock()) == ()


def test_what_is_said_of_faces_is_signed_with_the_copy() -> None:
    assert derivatives.parameters_of((), hides_faces=True) == b'{"boxes":[],"faces":true}'
    assert derivatives.parameters_of(()) == b'{"boxes":[]}'

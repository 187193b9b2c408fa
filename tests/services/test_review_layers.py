"""Layers of named recipients, redactions lifted by order, and later versions of a text."""

import json
from datetime import date

import pytest

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.redaction import MarkDecision
from testimony.domain.statement import StatementKind
from testimony.services.approving import approve, compare, propose, propose_for, read_alone
from testimony.services.lifting import Order, end_lift, lift
from testimony.services.mark_acts import Turn
from testimony.services.new_versions import NewText, add_version
from testimony.services.recipient_files import files_for_recipient, open_for_recipient
from testimony.services.recipients import add_recipient, read_sealed, release_to_recipient
from testimony.services.redacting import Cover, change_mark, decide, mark_words
from testimony.services.releasing import read_past_release, release
from testimony.services.review import open_desk
from testimony.services.taking import take_over
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage import lifts, log, recipients, redaction_sets, redactions, releases
from testimony.storage.compartments import Compartment
from testimony.storage.errors import CompartmentClosed
from tests.file_copies import released_copy
from tests.later_consents import IN_PERSON
from tests.review_room import (
    ACCOUNT,
    accept_all,
    approved,
    granted,
    marks,
    received,
    released,
    submission,
    taken,
    turn,
    withhold,
)
from tests.services.conftest import Clock, People

ORDER = Order("Trial chamber, order 12", "The defence must know the place.", date(2026, 2, 20))


@pytest.fixture
def code(people: People, clock: Clock) -> str:
    made = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], made, clock())
    return made


def mark_of(people: People, code: str, words: str) -> redactions.MarkRow:
    return next(m for m in marks(people["reviewer"], code) if ACCOUNT[m.start : m.end] == words)


def text_for(people: People, code: str, audience: Audience) -> str:
    with people["investigator"].reading() as connection:
        shown = releases.release_for(connection, code, audience.value)
    assert shown is not None
    return shown.text


def published(people: People, code: str, audience: Audience, clock: Clock) -> str:
    approved(people["reviewer"], people["reviewer_b"], code, clock(), audience)
    release(people["reviewer_b"], code, audience, clock())
    return text_for(people, code, audience)


# Lifting.


def test_a_redaction_is_lifted_for_one_audience_and_stays_for_others(
    people: People, clock: Clock, code: str
) -> None:
    me = people["reviewer"]
    mark = mark_of(people, code, "Inekar")

    lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())

    assert "Inekar" in published(people, code, Audience.PARTNER, clock)
    assert "Inekar" not in published(people, code, Audience.PUBLIC, clock)
    assert mark_of(people, code, "Inekar") == mark


def test_lifting_ends_what_was_approved_and_needs_a_second_person_again(
    people: People, clock: Clock, code: str
) -> None:
    me = people["reviewer"]
    set_id = approved(me, people["reviewer_b"], code, clock())

    lift(me, turn(me, code), mark_of(people, code, "Inekar").mark_id, "partner", ORDER, clock())

    with me.reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    assert layer is not None and layer.state == "superseded"
    with pytest.raises(NotYet):
        release(me, code, Audience.PARTNER, clock())


def test_lifting_for_partners_leaves_the_layer_of_a_court_standing(
    people: People, clock: Clock, code: str
) -> None:
    me = people["reviewer"]
    set_id = approved(me, people["reviewer_b"], code, clock(), Audience.PUBLIC)

    lift(me, turn(me, code), mark_of(people, code, "Inekar").mark_id, "partner", ORDER, clock())

    with me.reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    assert layer is not None and layer.state == "approved"


def test_lifting_is_in_the_log_with_its_reason_sealed(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    lift(me, turn(me, code), mark_of(people, code, "Inekar").mark_id, "partner", ORDER, clock())

    with people["auditor"].reading() as connection:
        entries = tuple(log.entries_from(connection, 0, log.size(connection)))
    lifted = [json.loads(e.leaf) for e in entries if e.action == "AA11"]
    assert [leaf["fields"] for leaf in lifted] == [["partner", "X.3", "2026-02-20"]]
    assert lifted[0]["detail"]
    assert not any("defence" in str(e.leaf) or "chamber" in str(e.leaf) for e in entries)


@pytest.mark.parametrize(
    ("authority", "reason", "on"),
    [
        ("", "The defence must know the place.", date(2026, 2, 20)),
        ("  ", "The defence must know the place.", date(2026, 2, 20)),
        ("Chamber", "because", date(2026, 2, 20)),
        ("Chamber", "The defence must know the place.", date(2026, 3, 3)),
        ("x" * 2_001, "The defence must know the place.", date(2026, 2, 20)),
    ],
)
def test_nothing_is_lifted_without_authority_reason_and_a_past_day(
    people: People, clock: Clock, code: str, authority: str, reason: str, on: date
) -> None:
    me = people["reviewer"]
    mark = mark_of(people, code, "Inekar")

    with pytest.raises(Invalid):
        lift(me, turn(me, code), mark.mark_id, "partner", Order(authority, reason, on), clock())

    with me.reading() as connection:
        assert lifts.lifts_of(connection, code, 1) == ()


def test_only_its_redactor_lifts(people: People, clock: Clock, code: str) -> None:
    mark = mark_of(people, code, "Inekar")

    for name, refusal in (("reviewer_b", NotYet), ("investigator", Refused), ("custodian", Refused)):
        with pytest.raises(refusal):
            lift(people[name], turn(people["reviewer"], code), mark.mark_id, "partner", ORDER, clock())


def test_whoever_lifted_does_not_approve(people: People, clock: Clock, code: str) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    take_over(second, turn(second, code), clock())
    lift(second, turn(second, code), mark_of(people, code, "Inekar").mark_id, "partner", ORDER, clock())
    set_id = propose(second, turn(second, code), Audience.PARTNER, clock())
    look = compare(second, set_id, clock())
    assert not look.may_approve

    for each in (me, second):
        with pytest.raises(Refused):
            approve(each, set_id, look.needed, clock())


def test_a_wider_audience_never_sees_more_than_a_narrower_one(
    people: People, clock: Clock, code: str
) -> None:
    me = people["reviewer"]
    mark_words(me, turn(me, code), "lorries", 0, Cover("X.12", Audience.COURT), clock())
    mark = mark_of(people, code, "lorries")

    with pytest.raises(Invalid):
        lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())
    lift(me, turn(me, code), mark.mark_id, "court", ORDER, clock())
    lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())

    with pytest.raises(Conflict):
        lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())


def test_what_is_not_withheld_cannot_be_lifted(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    mark = mark_of(people, code, "Inekar")

    with pytest.raises(Invalid):
        lift(me, turn(me, code), mark.mark_id, "court", ORDER, clock())
    with pytest.raises(NotFound):
        lift(me, turn(me, code), "no-such-mark", "partner", ORDER, clock())
    with pytest.raises(NotFound):
        lift(me, turn(me, code), mark.mark_id, "no-such-recipient", ORDER, clock())
    decide(me, turn(me, code), mark.mark_id, MarkDecision.REJECTED, clock())
    with pytest.raises(Invalid):
        lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())


def test_a_mark_that_changes_is_withheld_again(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    mark = mark_of(people, code, "Inekar")
    lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())

    change_mark(me, turn(me, code), mark.mark_id, Cover("X.4", Audience.PARTNER), clock())

    assert "Inekar" not in published(people, code, Audience.PARTNER, clock)


def test_a_lift_is_taken_back(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    mark = mark_of(people, code, "Inekar")
    lift(me, turn(me, code), mark.mark_id, "partner", ORDER, clock())

    end_lift(me, turn(me, code), mark.mark_id, clock())

    assert "Inekar" not in published(people, code, Audience.PARTNER, clock)
    with pytest.raises(NotFound):
        end_lift(me, turn(me, code), mark.mark_id, clock())


def test_an_earlier_release_stays_as_it_was(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    before = published(people, code, Audience.PARTNER, clock)
    lift(me, turn(me, code), mark_of(people, code, "Inekar").mark_id, "partner", ORDER, clock())
    published(people, code, Audience.PARTNER, clock)

    history = open_desk(me, code, clock()).history

    assert [past.release.number for past in history] == [2, 1]
    assert read_past_release(me, code, history[1].release.id, clock()).text == before


# Named recipients.


def recipient(people: People, clock: Clock, kind: str = "RT02", audience: Audience = Audience.PARTNER) -> str:
    return add_recipient(people["reviewer"], "Forensic team, Ms Adler", kind, audience, clock())


def sealed(people: People, code: str, recipient_id: str, clock: Clock) -> int:
    me, second = people["reviewer"], people["reviewer_b"]
    set_id = propose_for(me, turn(me, code), recipient_id, clock())
    compare(second, set_id, clock())
    approve(second, set_id, read_alone(second, set_id, clock()).needed, clock())
    return release_to_recipient(second, set_id, clock())


def test_a_layer_for_one_recipient_is_kept_and_shown_to_reviewers_alone(
    people: People, clock: Clock, code: str
) -> None:
    me, who = people["reviewer"], recipient(people, clock)
    lift(me, turn(me, code), mark_of(people, code, "Inekar").mark_id, who, ORDER, clock())

    kept = read_sealed(me, code, sealed(people, code, who, clock), clock())

    assert "Inekar" in kept.text and "Tadfest" not in kept.text
    assert "Inekar" not in published(people, code, Audience.PARTNER, clock)
    with people["investigator"].reading() as connection:
        assert releases.current_release(connection, code, 2) is not None
        assert releases.count_current(connection) == 1


def test_two_recipients_read_other_numbers(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    mark_words(me, turn(me, code), "Yusuf Oldenbeck", 0, Cover("X.2", Audience.PARTNER), clock())
    first, second = recipient(people, clock), recipient(people, clock)

    texts = {
        read_sealed(me, code, sealed(people, code, who, clock), clock()).text.split("[victim ")[1][:3]
        for who in (first, second)
    }
    texts.add(published(people, code, Audience.PARTNER, clock).split("[victim ")[1][:1])

    assert len(texts) == 3


def test_no_layer_of_a_recipient_is_released_to_an_audience(people: People, clock: Clock, code: str) -> None:
    me, second, who = people["reviewer"], people["reviewer_b"], recipient(people, clock)
    set_id = propose_for(me, turn(me, code), who, clock())
    compare(second, set_id, clock())
    approve(second, set_id, read_alone(second, set_id, clock()).needed, clock())

    with pytest.raises(NotYet):
        release(me, code, Audience.PARTNER, clock())
    with people["investigator"].reading() as connection:
        assert releases.current_release(connection, code, 2) is None


def test_no_layer_of_an_audience_or_of_another_recipient_is_sealed(
    people: People, clock: Clock, code: str
) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    mine, other = recipient(people, clock), recipient(people, clock)
    of_audience = approved(me, second, code, clock())
    proposed = propose_for(me, turn(me, code), mine, clock())

    with pytest.raises(NotFound):
        release_to_recipient(second, of_audience, clock())
    with pytest.raises(NotYet):
        release_to_recipient(second, proposed, clock())
    compare(second, proposed, clock())
    approve(second, proposed, read_alone(second, proposed, clock()).needed, clock())
    with me.work(clock()) as work:
        moved = redaction_sets.SETS.update().where(redaction_sets.SETS.c.set_id == proposed)
        work.connection.execute(moved.values(recipient_id=other))
    with pytest.raises(Conflict):
        release_to_recipient(second, proposed, clock())


@pytest.mark.parametrize("who", ["investigator", "interviewer", "custodian", "auditor"])
def test_nobody_but_reviewers_reads_a_recipients_layer(
    people: People, clock: Clock, code: str, who: str
) -> None:
    kept = sealed(people, code, recipient(people, clock), clock)
    stranger = people[who]

    with pytest.raises((Refused, CompartmentClosed)):
        read_sealed(stranger, code, kept, clock())
    assert Compartment.VAULT not in stranger.archive.secrets


def test_a_recipients_layer_is_read_under_its_own_code(people: People, clock: Clock, code: str) -> None:
    kept = sealed(people, code, recipient(people, clock), clock)
    other = received(people["interviewer"], people["reviewer"], clock())

    with pytest.raises(NotFound):
        read_sealed(people["reviewer"], other, kept, clock())


@pytest.mark.parametrize("column", ["text", "recipient_id", "number"])
def test_a_recipients_layer_that_was_rewritten_is_not_shown(
    people: People, clock: Clock, code: str, column: str
) -> None:
    kept, other = sealed(people, code, recipient(people, clock), clock), recipient(people, clock)
    forged: dict[str, object] = {"text": "Nothing happened.", "recipient_id": other, "number": 7}
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(recipients.RELEASES.update().values({column: forged[column]}))

    with pytest.raises(IntegrityFailed):
        read_sealed(people["reviewer"], code, kept, clock())


def test_consent_must_carry_the_kind_of_recipient(people: People, clock: Clock) -> None:
    allowed = submission(people["interviewer"], decisions=granted(Purpose.CP01, Purpose.CP07)).consent
    code = taken(people["interviewer"], people["reviewer"], clock(), consent=allowed)
    accept_all(people["reviewer"], code, clock())

    with pytest.raises(Refused) as refusal:
        sealed(people, code, recipient(people, clock, "RT02"), clock)

    assert refusal.value.reasons == (DenyReason.CONSENT_REFUSED,)


@pytest.mark.parametrize(
    ("name", "kind"), [("", "RT02"), ("x" * 201, "RT02"), ("a\nb", "RT02"), ("A", "RT99")]
)
def test_a_recipient_has_a_name_and_a_kind(people: People, clock: Clock, name: str, kind: str) -> None:
    with pytest.raises(Invalid):
        add_recipient(people["reviewer"], name, kind, Audience.PARTNER, clock())
    with pytest.raises(Refused):
        add_recipient(people["investigator"], "A", "RT02", Audience.PARTNER, clock())
    with pytest.raises(NotFound):
        code = taken(people["interviewer"], people["reviewer"], clock())
        propose_for(people["reviewer"], turn(people["reviewer"], code), "nobody", clock())


# Later versions.


def second_turn(people: People, code: str) -> Turn:
    with people["reviewer"].reading() as connection:
        row = redactions.find_work(connection, code, 2)
    assert row is not None
    return Turn(code, row.revision)


CORRECTED = ACCOUNT.replace("two lorries", "three lorries") + "\n\nInekar was empty."


def corrected(text: str = CORRECTED) -> NewText:
    return NewText(text, "eng", StatementKind.VERBATIM)


def test_a_later_version_reopens_the_redaction_and_carries_marks_over(
    people: People, clock: Clock, code: str
) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    withhold(me, code, ["two lorries"], clock())
    set_id = approved(me, second, code, clock())

    carried = add_version(me, code, 1, corrected(), clock())

    desk = open_desk(me, code, clock())
    assert (carried.version, carried.standing, carried.waiting, carried.gone) == (2, 3, 1, 1)
    assert desk.account.version.text == CORRECTED and desk.undecided == 1
    covered = [(CORRECTED[m.start : m.end], m.decision) for m in desk.account.marks]
    assert covered == [
        ("Tadfest Amellal", "accepted"),
        ("Inekar", "accepted"),
        ("Tadfest Amellal", "accepted"),
        ("Inekar", "proposed"),
    ]
    with me.reading() as connection:
        layer = redaction_sets.find_set(connection, set_id)
    assert layer is not None and layer.state == "superseded"
    with pytest.raises(NotYet):
        release(me, code, Audience.PARTNER, clock())
    with pytest.raises(Refused):
        propose(me, second_turn(people, code), Audience.PARTNER, clock())


def test_a_release_stays_until_the_new_version_is_released(people: People, clock: Clock) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    code, _ = released(people["interviewer"], me, second, clock())
    before = text_for(people, code, Audience.PARTNER)
    add_version(me, code, 1, corrected(), clock())
    assert text_for(people, code, Audience.PARTNER) == before

    for mark in open_desk(me, code, clock()).account.marks:
        decide(me, second_turn(people, code), mark.mark_id, MarkDecision.ACCEPTED, clock())
    set_id = propose(me, second_turn(people, code), Audience.PARTNER, clock())
    compare(second, set_id, clock())
    approve(second, set_id, read_alone(second, set_id, clock()).needed, clock())
    release(second, code, Audience.PARTNER, clock())

    now_is = text_for(people, code, Audience.PARTNER)
    assert "three lorries" in now_is and "Inekar" not in now_is
    history = open_desk(me, code, clock()).history
    assert [past.release.number for past in history] == [2, 1]
    assert read_past_release(me, code, history[1].release.id, clock()).text == before


def test_whoever_decided_a_mark_of_the_version_before_does_not_approve_the_next(
    people: People, clock: Clock, code: str
) -> None:
    me, second = people["reviewer"], people["reviewer_b"]
    take_over(second, turn(second, code), clock())
    add_version(second, code, 1, corrected(ACCOUNT + "\n\nThat is all."), clock())
    set_id = propose(second, second_turn(people, code), Audience.PARTNER, clock())

    look = compare(me, set_id, clock())

    assert not look.may_approve
    with pytest.raises(Refused):
        approve(me, set_id, look.needed, clock())


def test_a_translation_begins_with_what_the_witness_asked_to_protect(
    people: People, clock: Clock, code: str
) -> None:
    me = people["reviewer"]
    french = NewText("Je m'appelle Tadfest Amellal et je gardais le puits.", "fra", StatementKind.TRANSLATION)

    carried = add_version(me, code, 1, french, clock())

    assert (carried.standing, carried.waiting) == (0, 1)
    assert open_desk(me, code, clock()).account.version.language == "fra"


def test_lifts_are_not_carried_over(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]
    lift(me, turn(me, code), mark_of(people, code, "Inekar").mark_id, "partner", ORDER, clock())

    add_version(me, code, 1, corrected(ACCOUNT + "\n\nThat is all."), clock())

    assert open_desk(me, code, clock()).account.lifts == ()


def test_a_version_follows_the_newest_one_and_is_another(people: People, clock: Clock, code: str) -> None:
    me = people["reviewer"]

    with pytest.raises(Conflict):
        add_version(me, code, 1, corrected(ACCOUNT), clock())
    add_version(me, code, 1, corrected(), clock())
    with pytest.raises(Conflict):
        add_version(me, code, 1, corrected("Another."), clock())
    with pytest.raises(NotYet):
        add_version(people["reviewer_b"], code, 2, corrected("Another."), clock())
    with pytest.raises(Refused):
        add_version(people["investigator"], code, 2, corrected("Another."), clock())


def test_an_account_that_nobody_took_takes_a_version_and_waits_as_before(
    people: People, clock: Clock
) -> None:
    me = people["reviewer"]
    code = received(people["interviewer"], me, clock())

    add_version(me, code, 1, corrected(), clock())

    desk = open_desk(me, code, clock())
    assert desk.account.work is None and desk.account.row.state == "received"
    assert desk.account.version.version_no == 2


@pytest.mark.parametrize(
    ("text", "language"), [("", "eng"), (" \n", "eng"), ("a\0b", "eng"), ("a", "english"), ("a", "")]
)
def test_what_is_no_text_is_no_version(text: str, language: str) -> None:
    with pytest.raises(Invalid):
        NewText(text, language, StatementKind.NOTES)


def test_files_go_to_a_recipient_as_they_are_released_to_the_audience_of_their_layer(
    people: People, clock: Clock
) -> None:
    code, _ = released_copy(people, clock)
    me, second = people["reviewer"], people["reviewer_b"]
    kept = sealed(people, code, recipient(people, clock), clock)

    files = files_for_recipient(second, code, kept, clock())
    opened = open_for_recipient(second, code, kept, 1, clock())

    assert [(file.number, file.own) for file in files] == [(1, None)]
    assert len(opened.content) == opened.file.size and opened.file == files[0]
    with pytest.raises(NotFound):
        open_for_recipient(me, code, kept, 2, clock())
    with pytest.raises(NotFound):
        files_for_recipient(me, code, kept + 100, clock())


def test_files_go_to_no_recipient_once_consent_carries_them_no_more(people: People, clock: Clock) -> None:
    code, _ = released_copy(people, clock)
    kept = sealed(people, code, recipient(people, clock), clock)
    withdraw(people["interviewer_b"], code, ALL, IN_PERSON, clock())

    with pytest.raises((Refused, NotFound)):
        open_for_recipient(people["reviewer_b"], code, kept, 1, clock())

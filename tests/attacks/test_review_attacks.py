"""Attacks on the review room. Each test shows first that the attack is there, then that it fails."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from crypto.labels import Label
from crypto.sealing import seal
from crypto.signing import sign
from testimony.domain.audit import DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience
from testimony.services.approving import Tick, approve, compare, propose, read_alone
from testimony.services.opened_files import open_attachment
from testimony.services.receiving import receive_inbox
from testimony.services.redacting import Cover, mark_words
from testimony.services.releasing import release, require_release_holds
from testimony.services.review import open_desk, queue
from testimony.services.sessions import Session
from testimony.services.signed_layers import FIRST_SET_FORMAT, set_statement, still_stands
from testimony.services.taking import take_over
from testimony.services.under_review import open_account
from testimony.storage import inbox, log, originals, redaction_sets, redactions, register, releases
from testimony.storage.compartments import Compartment
from testimony.storage.errors import CompartmentClosed
from tests.review_room import (
    ACCOUNT,
    accept_all,
    approved,
    handed_in,
    received,
    released,
    submission,
    taken,
    turn,
    withhold,
)
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


def ready(people: People, clock: Clock) -> str:
    code = taken(people["interviewer"], people["reviewer"], clock())
    accept_all(people["reviewer"], code, clock())
    return code


def proposed(people: People, clock: Clock) -> tuple[str, str]:
    code = ready(people, clock)
    return code, propose(people["reviewer"], turn(people["reviewer"], code), Audience.PARTNER, clock())


def denials(session: Session) -> list[str]:
    with session.reading() as connection:
        return [
            e.action for e in log.entries_from(connection, 0, log.size(connection)) if e.outcome == "denied"
        ]


def test_a_redactor_cannot_approve_their_own_work(people: People, clock: Clock) -> None:
    _, set_id = proposed(people, clock)
    compare(people["reviewer"], set_id, clock())
    read_alone(people["reviewer"], set_id, clock())

    with pytest.raises(Refused) as refusal:
        approve(people["reviewer"], set_id, frozenset(Tick), clock())

    assert refusal.value.reasons == (DenyReason.SAME_PERSON,)
    assert denials(people["reviewer"]) == ["AA18"]


def test_whoever_moved_one_mark_cannot_approve_the_work_of_the_other(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    second = people["reviewer_b"]
    take_over(second, turn(second, code), clock())
    mark_words(second, turn(second, code), "lorries", 0, Cover("X.3", Audience.PARTNER), clock())
    set_id = propose(second, turn(second, code), Audience.PARTNER, clock())
    compare(people["reviewer"], set_id, clock())

    with pytest.raises(Refused):
        approve(people["reviewer"], set_id, frozenset(Tick), clock())


def test_the_database_itself_refuses_an_approval_by_the_redactor(people: People, clock: Clock) -> None:
    _, set_id = proposed(people, clock)
    me = people["reviewer"].account.id

    with pytest.raises(sa.exc.IntegrityError), people["reviewer"].work(clock()) as work:
        layer = redaction_sets.find_set(work.connection, set_id)
        assert layer is not None and layer.redactor_id == me
        redaction_sets.change_set(work.connection, layer, approver_id=me)


def test_an_approval_written_into_the_database_releases_nothing(people: People, clock: Clock) -> None:
    code, set_id = proposed(people, clock)
    second = people["reviewer_b"].account.id
    with people["reviewer"].work(clock()) as work:
        layer = redaction_sets.find_set(work.connection, set_id)
        assert layer is not None
        forged = sign(people["reviewer"].keys.signing, layer.statement, Label.REDACTION_APPROVAL)
        redaction_sets.change_set(
            work.connection,
            layer,
            state="approved",
            approver_id=second,
            approval_signature=forged,
            residual_checked=1,
        )

    with pytest.raises(IntegrityFailed):
        release(people["reviewer"], code, Audience.PARTNER, clock())


def test_a_mark_removed_behind_an_approval_releases_nothing(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    approved(people["reviewer"], people["reviewer_b"], code, clock())
    with people["reviewer"].work(clock()) as work:
        gone = redactions.marks_of(work.connection, code, 1)[0]
        redactions.delete_marks(work.connection, code, 1, (gone.mark_id,))

    with pytest.raises(Conflict):
        release(people["reviewer"], code, Audience.PARTNER, clock())


def test_a_mark_made_vaguer_behind_a_statement_of_the_first_version_does_not_stand(
    people: People, clock: Clock
) -> None:
    code, set_id = proposed(people, clock)
    archive_id = people["reviewer"].archive.keyring().archive_id
    with people["reviewer"].work(clock()) as work:
        account = open_account(people["reviewer"], work, code)
        layer = redaction_sets.find_set(work.connection, set_id)
    assert layer is not None
    signed = set_statement(archive_id, set_id, account, Audience.PARTNER, "", set_format=FIRST_SET_FORMAT)
    old = replace(layer, statement=signed)
    vaguer = replace(account, marks=tuple(replace(mark, exact="age:34") for mark in account.marks))

    assert still_stands(account, old, archive_id)
    assert not still_stands(vaguer, old, archive_id)
    assert not still_stands(vaguer, layer, archive_id)


def test_what_changed_between_the_looks_and_the_approval_is_not_approved(
    people: People, clock: Clock
) -> None:
    code, set_id = proposed(people, clock)
    compare(people["reviewer_b"], set_id, clock())
    look = read_alone(people["reviewer_b"], set_id, clock())
    withhold(people["reviewer"], code, ["lorries"], clock())

    with pytest.raises(Conflict):
        approve(people["reviewer_b"], set_id, look.needed, clock())


def test_an_unapproved_account_cannot_be_released(people: People, clock: Clock) -> None:
    code, _ = proposed(people, clock)

    with pytest.raises(NotYet):
        release(people["reviewer_b"], code, Audience.PARTNER, clock())
    with people["investigator"].reading() as connection:
        assert releases.current_release(connection, code, 2) is None


def test_an_approval_for_one_audience_releases_to_no_other(people: People, clock: Clock) -> None:
    code = ready(people, clock)
    approved(people["reviewer"], people["reviewer_b"], code, clock(), Audience.PUBLIC)

    with pytest.raises(NotYet):
        release(people["reviewer"], code, Audience.PARTNER, clock())


def test_a_forged_submission_is_kept_and_named_and_not_received(people: People, clock: Clock) -> None:
    """Whoever writes the ledger can put an item into the inbox; without the interviewer's key it is none."""
    handed_in(people["interviewer"], clock())
    forger, victim = people["interviewer_b"], people["interviewer"]
    with forger.work(clock()) as work:
        (item,) = inbox.waiting_items(work.connection)
        made = replace(
            submission(victim, "Nothing happened."), submission_id=item.submission_id, code=item.code
        )
        document = canonical_json(made.to_document())
        payload = sign(forger.keys.signing, document, Label.SUBMISSION) + document
        sealed = seal(
            forger.archive.public(Compartment.VAULT), payload, Label.INTAKE, item.submission_id.encode()
        )
        work.connection.execute(inbox.INBOX.update().values(sealed=sa.literal(sealed)))

    result = receive_inbox(people["reviewer"], clock())

    assert [d.fault for d in result.damaged] == ["not_signed"]
    with people["reviewer"].reading() as connection:
        assert inbox.count_items(connection) == 1
        assert originals.all_codes(connection) == ()


def test_a_sealed_item_moved_to_another_code_is_not_received(people: People, clock: Clock) -> None:
    handed_in(people["interviewer"], clock())
    handed_in(people["interviewer"], clock(), "Another account.")
    with people["interviewer"].work(clock()) as work:
        first, second = inbox.waiting_items(work.connection)
        for item, other in ((first, second), (second, first)):
            work.connection.execute(
                inbox.INBOX.update()
                .where(inbox.INBOX.c.submission_id == item.submission_id)
                .values(sealed=other.sealed)
            )

    result = receive_inbox(people["reviewer"], clock())

    assert result.codes == ()
    assert len(result.damaged) == 2


def test_an_original_rewritten_in_the_vault_is_not_shown(people: People, clock: Clock) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(originals.VERSIONS.update().values(text="Nothing happened."))

    with pytest.raises(IntegrityFailed):
        open_desk(people["reviewer"], code, clock())


def test_a_release_rewritten_in_the_reading_room_is_noticed(people: People, clock: Clock) -> None:
    code, _ = released(people["interviewer"], people["reviewer"], people["reviewer_b"], clock())
    with people["investigator"].work(clock()) as work:
        work.connection.execute(releases.RELEASES.update().values(warning="CW02"))

    with people["investigator"].reading() as connection:
        shown = releases.current_release(connection, code, 1)
    assert shown is not None
    with pytest.raises(IntegrityFailed):
        require_release_holds(people["investigator"].archive, shown)


@pytest.mark.parametrize("who", ["interviewer", "interviewer_b", "investigator", "auditor", "custodian"])
def test_nobody_but_a_reviewer_opens_an_original(people: People, clock: Clock, who: str) -> None:
    code = received(people["interviewer"], people["reviewer"], clock())
    stranger = people[who]

    with pytest.raises((Refused, CompartmentClosed)):
        open_desk(stranger, code, clock())
    with pytest.raises(Refused):
        queue(stranger, clock())
    assert Compartment.VAULT not in stranger.archive.secrets


def test_an_interpreter_with_an_account_never_sees_or_approves_what_they_rendered(
    people: People, clock: Clock
) -> None:
    code, set_id = proposed(people, clock)
    second = people["reviewer_b"].account.id
    with people["reviewer"].work(clock()) as work:
        original = originals.find_original(work.connection, code)
        assert original is not None
        # The policy looks at the signed original, so the attack is to have been the interpreter there.
        work.connection.execute(originals.ORIGINALS.update().values(interviewer_id=second))

    for step in (compare, read_alone):
        with pytest.raises(Refused) as refusal:
            step(people["reviewer_b"], set_id, clock())
        assert refusal.value.reasons == (DenyReason.SAME_PERSON,)
    with pytest.raises(Refused):
        open_desk(people["reviewer_b"], code, clock())


def test_crossing_marks_withhold_their_union(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    code = taken(people["interviewer"], reviewer, clock(), ACCOUNT, protect=())
    cover = Cover("X.2", Audience.PARTNER)
    mark_words(reviewer, turn(reviewer, code), "Yusuf Oldenbeck", 0, cover, clock())
    mark_words(reviewer, turn(reviewer, code), "Oldenbeck came with", 0, cover, clock())
    approved(reviewer, people["reviewer_b"], code, clock())

    release(reviewer, code, Audience.PARTNER, clock())

    with people["investigator"].reading() as connection:
        shown = releases.current_release(connection, code, 1)
    assert shown is not None
    assert "Yusuf" not in shown.text and "Oldenbeck" not in shown.text and "came with" not in shown.text


def test_a_mark_of_another_account_cannot_be_named(people: People, clock: Clock) -> None:
    first = taken(people["interviewer"], people["reviewer"], clock())
    with pytest.raises(NotFound):
        open_attachment(people["reviewer"], first, 1, clock())
    with pytest.raises(NotFound):
        compare(people["reviewer"], "0" * 16, clock())


def test_a_register_state_set_by_hand_releases_nothing(people: People, clock: Clock) -> None:
    code = taken(people["interviewer"], people["reviewer"], clock())
    with people["custodian"].work(clock()) as work:
        work.connection.execute(register.REGISTER.update().values(state="releasable"))

    with pytest.raises(NotYet):
        release(people["reviewer"], code, Audience.PARTNER, clock())

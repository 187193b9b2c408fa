"""Somebody inside, alone, wants to know who a witness is. Each attack is made first, then comes to nothing.

Every account holds the ledger's key, so rows can be edited at will; custodians further hold one share each.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.errors import BadShares, Tampered
from crypto.keys import database_key
from crypto.labels import Label
from crypto.sealing import open_sealed
from crypto.shares import combine
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, Refused
from testimony.domain.identity import IdentityField, IdentityTask, RequestState
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.certificates import sign_statement
from testimony.services.confirming import confirm_enrolment
from testimony.services.contact_tasks import own_tasks, show_task
from testimony.services.identity_approving import approve
from testimony.services.identity_conflicts import declare
from testimony.services.identity_requests import ask
from testimony.services.identity_showing import show
from testimony.services.identity_statements import find_kept, result_context, wrap_context
from testimony.services.identity_views import custodians_request, own_request
from testimony.services.invitations import Newcomer
from testimony.services.membership import share_context
from testimony.services.opening import sealing_key_of
from testimony.services.sessions import Session
from testimony.services.throttling import Throttle
from testimony.storage import contact_tasks, identities, identity_requests
from testimony.storage.compartments import Compartment
from testimony.storage.contact_tasks import TASKS
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.identities import IDENTITIES
from testimony.storage.identity_limits import CONFLICTS
from testimony.storage.identity_requests import APPROVALS, OPENINGS, REQUESTS, WRAPPED
from testimony.storage.keyring_file import write_keyring
from testimony.storage.log import ENTRIES
from testimony.storage.register import REGISTER
from tests.deaths import every_death, next_process
from tests.decrypting import decrypted
from tests.identities import (
    REASON,
    SECRETS,
    Request,
    asked,
    asking,
    opened,
    received_with_identity,
    recontact,
    with_identity,
)
from tests.services.conftest import PASSWORD, Clock, People, archive, clock, founded_template, people
from tests.traces import of_words, traces

__all__ = ["archive", "clock", "founded_template", "people"]

NAMES = frozenset({IdentityField.NAMES})


def edit(session: Session, *statements: sa.Executable) -> None:
    """Change rows as whoever holds the ledger's key can."""
    with session.archive.database.writing() as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0  # the attack is there


def denials(people: People) -> list[str]:
    """Who was denied something, oldest first."""
    wanted = sa.select(ENTRIES.c.actor).where(ENTRIES.c.action == Action.DENIED.value).order_by(ENTRIES.c.seq)
    with people["auditor"].reading() as connection:
        return list(connection.execute(wanted).scalars())


def own_share(session: Session) -> str:
    keyring = session.archive.keyring()
    (sealed,) = (share.sealed for share in keyring.shares if share.account_id == session.account.id)
    context = share_context(keyring.archive_id, session.account.id)
    return open_sealed(session.keys.sealing, sealed, Label.IDENTITY_SHARE, context).decode()


def opens(session: Session, sealed: bytes, label: Label, context: bytes) -> bool:
    """Whether any key that this person holds opens a value."""
    held = [session.keys.sealing, *map(sealing_key_of, session.archive.secrets.values())]
    for key in held:
        try:
            open_sealed(key, sealed, label, context)
        except Tampered:
            continue
        return True
    return False


def test_one_custodian_with_the_disk_and_every_key_of_theirs_opens_no_identity(
    people: People, clock: Clock
) -> None:
    request = asked(people, clock)
    alone = people["custodian"]
    approve(alone, request.id, clock())
    with alone.reading() as connection:
        identity = identities.find_identity(connection, request.code)
        on_their_way = identity_requests.wrapped_of(connection, request.id)
        kept = find_kept(alone, connection, request.id)
    assert identity is not None and len(on_their_way) == 2

    words = own_share(alone)
    keyring = alone.archive.keyring()
    others = [share for share in keyring.shares if share.account_id != alone.account.id]

    with pytest.raises(BadShares):
        combine([words, words])
    assert not opens(alone, identity.sealed, Label.IDENTITY, identity.submission_id.encode())
    for share in on_their_way:
        context = wrap_context(kept.request.archive, kept, share.from_id, share.to_id)
        assert not opens(alone, share.sealed, Label.IDENTITY_APPROVAL_SHARE, context)
    for theirs in others:
        context = share_context(keyring.archive_id, theirs.account_id)
        assert not opens(alone, theirs.sealed, Label.IDENTITY_SHARE, context)


def test_the_same_custodian_does_not_agree_twice(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())

    with pytest.raises(Refused) as refused:
        approve(people["custodian"], request.id, clock())

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)
    assert denials(people) == [people["custodian"].account.id]


def test_a_custodian_who_rubs_their_own_word_out_and_says_it_again_is_still_one(
    people: People, clock: Clock
) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    edit(people["custodian"], WRAPPED.delete(), APPROVALS.delete())

    assert approve(people["custodian"], request.id, clock()).needed == 1


def test_a_keyring_that_asks_for_one_custodian_makes_nobody_enough(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    keyring = people["custodian"].archive.keyring()
    lowered = tuple(replace(share, threshold=1) for share in keyring.shares)
    write_keyring(people["custodian"].archive.directory, replace(keyring, shares=lowered))

    assert approve(people["custodian"], request.id, clock()).needed == 1


def test_who_asked_does_not_agree(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    witness = asking(code, clock, task=IdentityTask.WITNESS_REQUEST, basis="LB01")
    request = ask(people["custodian"], witness, clock())

    with pytest.raises(Refused) as refused:
        approve(people["custodian"], request, clock())

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)
    with people["auditor"].reading() as connection:
        approve_first = identity_requests.wrapped_of(connection, request)
    assert approve_first == ()


def test_nothing_is_handed_to_a_custodian_who_may_not_agree(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    witness = asking(code, clock, task=IdentityTask.WITNESS_REQUEST, basis="LB01")
    request = ask(people["custodian"], witness, clock())

    approve(people["custodian_b"], request, clock())

    with people["auditor"].reading() as connection:
        takers = {share.to_id for share in identity_requests.wrapped_of(connection, request)}
    assert len(takers) == 1
    assert people["custodian"].account.id not in takers


def test_the_interviewer_of_an_account_does_not_agree(people: People, clock: Clock) -> None:
    both = Newcomer("both-hats", "Both Hats", frozenset({Role.CUSTODIAN, Role.INTERVIEWER}))
    invitation = enrol(people["custodian"], both, clock())
    activate(people.archive, Throttle(), "both-hats", invitation.code, PASSWORD, clock())
    confirm_enrolment(people["custodian_b"], invitation.record.account_id, "we know them", clock())
    session = people.door.sign_in("both-hats", PASSWORD, None, clock())
    code = with_identity(session, clock())
    request = ask(people["reviewer"], asking(code, clock), clock())

    with pytest.raises(Refused) as refused:
        approve(session, request, clock())

    assert refused.value.reasons == (DenyReason.SAME_PERSON,)
    people.archive.release(session.archive.secrets)


def test_who_is_to_reach_the_witness_does_not_agree(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], recontact(code, clock, "custodian-1"), clock())

    with pytest.raises(Refused):
        approve(people["custodian"], request, clock())


def test_a_custodian_named_in_the_testimony_does_not_agree_although_the_row_was_rubbed_out(
    people: People, clock: Clock
) -> None:
    code = received_with_identity(people, clock, text="It was Custodian 2 who led them to the well.")
    request = ask(people["reviewer"], asking(code, clock), clock())
    edit(people["custodian_b"], CONFLICTS.delete())

    with pytest.raises(Refused) as refused:
        approve(people["custodian_b"], request, clock())

    assert refused.value.reasons == (DenyReason.FIREWALL,)


def test_somebody_too_near_is_not_told_who_the_witness_is(people: People, clock: Clock) -> None:
    request = opened(people, clock)
    declare(people["reviewer_b"], request.code, "reviewer-1", clock())

    with pytest.raises(Refused):
        show(people["reviewer"], request.id, NAMES, clock())


def test_an_interviewer_does_not_bar_people_from_testimonies_of_others(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)

    with pytest.raises(Refused):
        declare(people["interviewer_b"], code, "custodian-1", clock())


def copied(connection: sa.Connection, table: sa.Table, source: str, target: str) -> None:
    rows = connection.execute(table.select().where(table.c.request_id == source)).mappings().all()
    assert rows
    connection.execute(table.insert(), [{**row, "request_id": target} for row in rows])


def two_requests(people: People, clock: Clock) -> tuple[Request, Request]:
    """One that a custodian agreed to, and one of another person that nobody has agreed to."""
    first = asked(people, clock)
    wider = frozenset(IdentityField)
    second = ask(people["reviewer_b"], asking(first.code, clock, fields=wider), clock())
    approve(people["custodian"], first.id, clock())
    return first, Request(first.code, second)


def test_an_agreement_replayed_for_another_request_does_not_count(people: People, clock: Clock) -> None:
    first, second = two_requests(people, clock)
    with people["reviewer_b"].archive.database.writing() as connection:
        copied(connection, APPROVALS, first.id, second.id)
        copied(connection, WRAPPED, first.id, second.id)

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_b"], second.id, clock())


def test_a_share_moved_to_another_request_does_not_open_it(people: People, clock: Clock) -> None:
    first, second = two_requests(people, clock)
    approve(people["custodian"], second.id, clock())
    with people["reviewer_b"].archive.database.writing() as connection:
        connection.execute(WRAPPED.delete().where(WRAPPED.c.request_id == second.id))
        copied(connection, WRAPPED, first.id, second.id)

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_b"], second.id, clock())
    with people["custodian_b"].reading() as connection:
        kept = find_kept(people["custodian_b"], connection, second.id)
        moved = identity_requests.wrapped_of(connection, second.id)
    mine = next(share for share in moved if share.to_id == people["custodian_b"].account.id)
    context = wrap_context(kept.request.archive, kept, mine.from_id, mine.to_id)
    assert not opens(people["custodian_b"], mine.sealed, Label.IDENTITY_APPROVAL_SHARE, context)


def test_an_agreement_is_worth_nothing_after_the_end(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    clock.forward(days=3)

    with pytest.raises(Conflict):
        approve(people["custodian_b"], request.id, clock())

    with people["auditor"].reading() as connection:
        assert identity_requests.wrapped_of(connection, request.id) == ()


def test_an_end_put_off_in_the_row_is_noticed(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    edit(people["reviewer"], REQUESTS.update().values(expires_at="2026-12-31T00:00:00.000+00:00"))
    clock.forward(days=4)

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_b"], request.id, clock())


def test_fields_widened_by_their_own_signer_after_the_first_agreement_are_noticed(
    people: People, clock: Clock
) -> None:
    request, reviewer = asked(people, clock), people["reviewer"]
    approve(people["custodian"], request.id, clock())
    with reviewer.reading() as connection:
        honest = find_kept(reviewer, connection, request.id).request
    wider = replace(honest, fields=frozenset(IdentityField)).to_document()
    signed = sign_statement(wider, reviewer.account.id, reviewer.keys.signing, Label.IDENTITY_REQUEST)
    edit(reviewer, REQUESTS.update().values(statement=signed.statement, signature=signed.signature))

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_b"], request.id, clock())
    assert custodians_request(people["custodian_b"], request.id, clock()).request is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"fields":["names"]', b'"fields":["names","note"]'),
        (b'"task":"proceedings"', b'"task":"protection"'),
        (b'"basis":"LB06"', b'"basis":"LB03"'),
        (b'"expires_at":"2026-03-05', b'"expires_at":"2026-03-08'),
    ],
)
def test_a_request_with_one_word_changed_is_noticed(
    people: People, clock: Clock, old: bytes, new: bytes
) -> None:
    request = asked(people, clock)
    with people["reviewer"].reading() as connection:
        row = identity_requests.find_request(connection, request.id)
    assert row is not None and old in row.statement
    edit(people["reviewer"], REQUESTS.update().values(statement=row.statement.replace(old, new)))

    with pytest.raises(IntegrityFailed):
        approve(people["custodian"], request.id, clock())


def test_a_request_turned_to_another_account_is_noticed(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    edit(people["reviewer_b"], REQUESTS.update().values(requester_id=people["reviewer_b"].account.id))

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_b"], request.id, clock())
    with pytest.raises(IntegrityFailed):
        own_request(people["reviewer_b"], request.id, clock())


def test_a_request_that_was_opened_is_not_opened_again_from_rows_put_back(
    people: People, clock: Clock
) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    with people["reviewer"].reading() as connection:
        shares = [dict(row) for row in connection.execute(WRAPPED.select()).mappings()]
    approve(people["custodian_b"], request.id, clock())
    with people["reviewer"].archive.database.writing() as connection:
        connection.execute(OPENINGS.delete())
        connection.execute(WRAPPED.insert(), shares)
        connection.execute(REQUESTS.update().values(state=RequestState.WAITING.value))

    with pytest.raises(Conflict):
        approve(people["custodian_b"], request.id, clock())


def test_what_was_opened_is_read_by_no_other_account(people: People, clock: Clock) -> None:
    request = opened(people, clock)
    with people["auditor"].reading() as connection:
        opening = identity_requests.find_opening(connection, request.id)
        kept = find_kept(people["auditor"], connection, request.id)
    assert opening is not None
    context = result_context(kept.request.archive, kept.digest, opening.until, kept.request.requester)
    assert opens(people["reviewer"], opening.sealed, Label.IDENTITY_RESULT, context)

    with pytest.raises(Refused):
        show(people["reviewer_b"], request.id, NAMES, clock())
    with pytest.raises(Refused):
        show(people["custodian"], request.id, NAMES, clock())

    for name in ("reviewer_b", "custodian", "custodian_b", "auditor", "interviewer"):
        assert not opens(people[name], opening.sealed, Label.IDENTITY_RESULT, context)
    assert denials(people) == [people["reviewer_b"].account.id, people["custodian"].account.id]


def test_a_field_that_was_not_asked_for_is_not_there(people: People, clock: Clock) -> None:
    request = opened(people, clock)

    with pytest.raises(Conflict):
        show(people["reviewer"], request.id, frozenset({IdentityField.CONTACTS}), clock())


def test_a_day_made_longer_in_the_row_is_noticed(people: People, clock: Clock) -> None:
    request = opened(people, clock)
    edit(people["reviewer"], OPENINGS.update().values(until="2026-12-31T00:00:00.000+00:00"))

    with pytest.raises(IntegrityFailed):
        show(people["reviewer"], request.id, NAMES, clock())


def test_an_identity_put_in_the_place_of_another_is_not_opened(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    other = with_identity(people["interviewer"], clock())
    approve(people["custodian"], request.id, clock())
    at = IDENTITIES.c.code
    edit(
        people["reviewer"],
        IDENTITIES.delete().where(at == request.code),
        IDENTITIES.update().where(at == other).values(code=request.code),
    )

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_b"], request.id, clock())


def test_a_register_that_names_another_witness_is_noticed_by_who_holds_the_vault(
    people: People, clock: Clock
) -> None:
    code = received_with_identity(people, clock)
    other = with_identity(people["interviewer"], clock())
    with people["reviewer"].archive.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        theirs = identities.find_identity(connection, other)
        mine = identities.find_identity(connection, code)
        assert theirs is not None and mine is not None
        connection.execute(IDENTITIES.delete())
        connection.execute(REGISTER.update().where(REGISTER.c.code == other).values(submission_id="gone"))
        connection.execute(
            REGISTER.update().where(REGISTER.c.code == code).values(submission_id=theirs.submission_id)
        )
        identities.insert_identity(connection, replace(theirs, code=code))

    with pytest.raises(IntegrityFailed):
        ask(people["reviewer"], asking(code, clock), clock())


def test_a_custodian_suspended_since_does_not_count(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    suspend(people["custodian_b"], "custodian-1", clock())

    assert approve(people["custodian_b"], request.id, clock()).needed == 1


def test_nothing_is_opened_for_a_requester_who_was_suspended(people: People, clock: Clock) -> None:
    request = asked(people, clock)
    approve(people["custodian"], request.id, clock())
    suspend(people["custodian_b"], "reviewer-1", clock())

    with pytest.raises(NotFound):
        approve(people["custodian_b"], request.id, clock())


def test_an_identity_whose_showing_cannot_be_written_down_is_not_shown(people: People, clock: Clock) -> None:
    request = opened(people, clock)
    with people["reviewer"].archive.database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER stop BEFORE INSERT ON log_entries WHEN NEW.action = 'AA07' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    with pytest.raises(ArchiveDamaged):
        show(people["reviewer"], request.id, NAMES, clock())


def test_a_contact_task_turned_to_another_account_shows_nothing(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], recontact(code, clock), clock())
    for name in ("custodian", "custodian_b"):
        approve(people[name], request, clock())
    (task,) = own_tasks(people["interviewer"], clock())
    other = people["interviewer_b"]
    with pytest.raises(Refused):
        show_task(other, task.task_id, clock())
    edit(other, TASKS.update().values(assignee_id=other.account.id))

    with pytest.raises(IntegrityFailed):
        show_task(other, task.task_id, clock())


def test_no_word_of_an_identity_is_on_disk_or_in_the_ledger_in_clear(
    people: People, clock: Clock, tmp_path: Path
) -> None:
    code = received_with_identity(people, clock)
    wanted = frozenset(IdentityField)
    request = ask(people["reviewer"], recontact(code, clock, fields=wanted), clock())
    approve(people["custodian"], request, clock())
    with people["auditor"].reading() as connection:
        (first, *_) = identity_requests.wrapped_of(connection, request)
    directory = people["auditor"].archive.directory
    key = database_key(people["auditor"].archive.secret(Compartment.LEDGER), Label.COMPARTMENT_DATABASE)
    ledger = directory.file_of(Compartment.LEDGER)
    words = of_words((*SECRETS, REASON))
    piece = first.sealed[200:232]
    assert piece in decrypted(ledger, key)
    approve(people["custodian_b"], request, clock())
    show(people["reviewer"], request, wanted, clock())
    (task,) = own_tasks(people["interviewer"], clock())
    show_task(people["interviewer"], task.task_id, clock())

    in_clear = decrypted(ledger, key)

    assert traces([directory.path], words) == []
    assert [what for what, form in words.items() if form in in_clear] == []
    # A share on its way is overwritten, not only struck from the list.
    assert piece not in in_clear


def test_killed_while_it_opens_it_is_either_waiting_or_open(people: People, clock: Clock) -> None:
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], recontact(code, clock), clock())
    approve(people["custodian"], request, clock())
    last, now = people["custodian_b"], clock()

    def act() -> None:
        with next_process(last) as session:
            approve(session, request, now)

    def afterwards(died: bool) -> None:
        with next_process(last) as session, session.reading() as connection:
            row = identity_requests.find_request(connection, request)
            shares = identity_requests.wrapped_of(connection, request)
            opening = identity_requests.find_opening(connection, request)
            tasks = contact_tasks.open_tasks_about(connection, code)
        assert row is not None
        is_open = row.state == RequestState.OPENED
        assert (opening is not None, len(tasks) == 1, shares == ()) == (is_open, is_open, is_open)
        assert died != is_open

    assert every_death(act, afterwards, step=4) > 10


def test_later_than_the_end_no_custodian_signs_even_a_minute(people: People, clock: Clock) -> None:
    request = asked(people, clock, expires_at=clock() + timedelta(hours=1))
    clock.forward(hours=1)

    with pytest.raises(Conflict):
        approve(people["custodian"], request.id, clock())

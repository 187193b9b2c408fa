"""Someone who holds the ledger's key (every account does) edits the rows of grants. Each edit is in the
file; none opens anything.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crypto.keys import Secret
from crypto.labels import Label
from crypto.signing import SigningKey
from testimony.domain.grants import Grant
from testimony.domain.purposes import Purpose
from testimony.services import custody
from testimony.services.certificates import sign_statement
from testimony.services.granting import Standing, end_grant, grants_in_force, list_grants
from testimony.services.sessions import Session
from testimony.storage.grants import GRANTS, GrantRow, insert_grant
from testimony.storage.keyring import Signed
from tests.grants import GrantRequest, grant
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def given(people: People, clock: Clock) -> Grant:
    """A grant of 30 days to the first investigator, and a second case."""
    custodian = people["custodian"]
    custody.open_case(custodian, "CASE-2", "Second case", clock())
    return grant(
        custodian,
        GrantRequest(
            handle="investigator-1",
            case_id="CASE-1",
            purposes=frozenset({Purpose.CP07}),
            valid_from=clock(),
            valid_until=clock() + timedelta(days=30),
        ),
        clock(),
    )


def in_force(session: Session, clock: Clock) -> tuple[Grant, ...]:
    with session.reading() as connection:
        return grants_in_force(session, connection, session.account.id, clock())


def edit(session: Session, change: Callable[[sa.Connection], None]) -> None:
    with session.archive.database.writing() as connection:
        change(connection)


def rewrite(session: Session, **values: object) -> None:
    """Change columns of every grant."""
    edit(session, lambda connection: assert_changed(connection.execute(GRANTS.update().values(**values))))


def assert_changed(result: sa.CursorResult[object]) -> None:
    assert result.rowcount > 0


def signed_by(session: Session, forged: Grant) -> Signed:
    return sign_statement(forged.to_document(), session.account.id, session.keys.signing, Label.GRANT)


def test_the_grant_opens_before_anything_is_edited(people: People, clock: Clock, given: Grant) -> None:
    assert in_force(people["investigator"], clock) == (given,)


def test_a_changed_case_opens_neither_case(people: People, clock: Clock, given: Grant) -> None:
    rewrite(people["investigator"], case_id="CASE-2")

    assert in_force(people["investigator"], clock) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"case":"CASE-1"', b'"case":"CASE-2"'),
        (b'"purposes":["CP07"]', b'"purposes":["CP07","CP14"]'),
        (b'"originals":false', b'"originals":true'),
        (b'"closed_parts":[]', b'"closed_parts":["C"]'),
        (b'"valid_until":"2026-04-01', b'"valid_until":"2026-05-30'),
    ],
)
def test_a_statement_with_one_word_changed_opens_nothing(
    people: People, clock: Clock, given: Grant, old: bytes, new: bytes
) -> None:
    investigator = people["investigator"]
    with investigator.reading() as connection:
        statement = connection.execute(sa.select(GRANTS.c.statement)).scalar_one()
    assert old in statement

    rewrite(investigator, statement=statement.replace(old, new))

    assert in_force(investigator, clock) == ()
    assert [view.standing for view in list_grants(people["custodian"], clock())] == [Standing.BROKEN]


def test_a_grant_that_is_past_stays_past_whatever_the_row_says(
    people: People, clock: Clock, given: Grant
) -> None:
    clock.forward(days=31)
    rewrite(people["investigator"], revoked_at=None)

    assert in_force(people["investigator"], clock) == ()


def test_anothers_grant_copied_to_oneself_opens_nothing(people: People, clock: Clock, given: Grant) -> None:
    thief = people["investigator_b"]

    def copy(connection: sa.Connection) -> None:
        row = connection.execute(GRANTS.select()).one()
        signed = Signed(row.statement, row.signer, row.signature)
        insert_grant(connection, GrantRow("0123456789abcdef", thief.account.id, "CASE-1", signed, None))

    edit(thief, copy)

    assert in_force(thief, clock) == ()


def test_anothers_grant_moved_to_oneself_opens_nothing(people: People, clock: Clock, given: Grant) -> None:
    thief = people["investigator_b"]

    rewrite(thief, account_id=thief.account.id)

    assert in_force(thief, clock) == ()
    assert in_force(people["investigator"], clock) == ()


def test_a_grant_signed_by_its_own_reader_opens_nothing(people: People, clock: Clock, given: Grant) -> None:
    thief = people["investigator_b"]
    forged = replace(given, id="f" * 16, account_id=thief.account.id)
    edit(
        thief,
        lambda connection: insert_grant(
            connection,
            GrantRow(forged.id, thief.account.id, "CASE-1", signed_by(thief, forged), None),
        ),
    )

    assert in_force(thief, clock) == ()


def test_a_grant_signed_by_a_made_up_key_in_a_custodians_name_opens_nothing(
    people: People, clock: Clock, given: Grant
) -> None:
    thief = people["investigator_b"]
    forged = replace(given, id="f" * 16, account_id=thief.account.id)
    signed = sign_statement(
        forged.to_document(), people["custodian"].account.id, SigningKey(Secret.random()), Label.GRANT
    )
    edit(
        thief,
        lambda connection: insert_grant(
            connection, GrantRow(forged.id, thief.account.id, "CASE-1", signed, None)
        ),
    )

    assert in_force(thief, clock) == ()


def test_a_signed_grant_that_never_was_in_the_log_opens_nothing(
    people: People, clock: Clock, given: Grant
) -> None:
    reader = people["investigator_b"]
    unlogged = replace(given, id="e" * 16, account_id=reader.account.id)
    signed = signed_by(people["custodian"], unlogged)
    edit(
        reader,
        lambda connection: insert_grant(
            connection, GrantRow(unlogged.id, reader.account.id, "CASE-1", signed, None)
        ),
    )

    assert in_force(reader, clock) == ()


def test_an_ended_grant_does_not_come_back_when_its_end_is_rubbed_out(
    people: People, clock: Clock, given: Grant
) -> None:
    end_grant(people["custodian"], given.id, "left", clock())
    rewrite(people["investigator"], revoked_at=None)

    assert in_force(people["investigator"], clock) == ()


def test_a_deleted_grant_is_gone_and_its_entry_remains(people: People, clock: Clock, given: Grant) -> None:
    edit(people["investigator"], lambda connection: assert_changed(connection.execute(GRANTS.delete())))

    assert in_force(people["investigator"], clock) == ()

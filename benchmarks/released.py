"""Released testimonies put straight into an archive, each as its review would leave it, signature included."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.codes import LONG, TESTIMONY, new_code
from testimony.domain.purposes import Audience
from testimony.domain.testimony import State
from testimony.services.releasing import release_statement
from testimony.services.sessions import Session, timestamp
from testimony.storage.connections import Connection
from testimony.storage.consents import ConsentRow, DecisionRow, insert_consent
from testimony.storage.register import RegisterRow, insert_row
from testimony.storage.releases import INDEX, RELEASES, Release, document_of

IN_ONE_COMMIT = 250
READ_FOR = tuple(DecisionRow(purpose, "granted") for purpose in ("CP01", "CP02", "CP07", "CP09"))


def put_released(
    session: Session, case_id: str, texts: tuple[str, ...], random: Random, at: datetime
) -> None:
    """Release one testimony for each text to partners. session: of a reviewer, whose key signs."""
    numbers = random.sample(range(32**LONG), len(texts))  # no code twice
    for first in range(0, len(texts), IN_ONE_COMMIT):
        with session.archive.database.writing() as connection:
            for number, text in enumerate(texts[first : first + IN_ONE_COMMIT], first):
                _put(
                    session,
                    connection,
                    _register_row(session, case_id, numbers[number], random, at),
                    text,
                    at,
                )


def _put(session: Session, connection: Connection, row: RegisterRow, text: str, at: datetime) -> None:
    insert_row(connection, row)
    insert_consent(connection, _consent_row(row.code, at))
    release = _release(session, row, text, at)
    values = {c.name: getattr(release, c.name) for c in RELEASES.columns if c.name != "id"}
    key = connection.execute(RELEASES.insert(), values).inserted_primary_key
    if key is None:
        raise RuntimeError("an inserted release has an id")
    INDEX.put(connection, document_of(connection, release, int(key[0])))


def _register_row(session: Session, case_id: str, number: int, random: Random, at: datetime) -> RegisterRow:
    code = new_code(TESTIMONY, lambda _: number, LONG)
    return RegisterRow(
        code=code,
        submission_id=code,
        case_id=case_id,
        state=State.RELEASED.value,
        language="eng",
        month=f"2025-{random.randint(1, 12):02d}",
        submitted_on=(at.date() - timedelta(days=random.randrange(300))).isoformat(),
        interviewer_id=session.account.id,
        interpreter_id=None,
        risk=None,
        warning="CW00",
    )


def _consent_row(code: str, at: datetime) -> ConsentRow:
    return ConsentRow(
        code=code,
        version=1,
        status="active",
        given_on=(at.date() - timedelta(days=30)).isoformat(),
        language="eng",
        evidence="CE06",
        basis="LB01",
        review_due=(at.date() + timedelta(days=300)).isoformat(),
        decisions=READ_FOR,
    )


def _release(session: Session, row: RegisterRow, text: str, at: datetime) -> Release:
    unsigned = Release(
        code=row.code,
        audience=Audience.PARTNER.value,
        rank=Audience.PARTNER.rank,
        number=1,
        language=row.language,
        month=row.month,
        case_id=row.case_id,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        withheld="{}",
        warning=row.warning,
        hides_named_details=0,
        residual_checked=1,
        current=1,
        released_at=timestamp(at),
        redactor_id="somebody-else",
        approver_id=session.account.id,
        releaser_id=session.account.id,
        statement=b"",
        signature=b"",
    )
    statement = release_statement(session.archive.keyring().archive_id, unsigned)
    return replace(
        unsigned, statement=statement, signature=sign(session.keys.signing, statement, Label.RELEASE)
    )

"""A later version of a consent, signed by two custodians and named in the log as the archive itself would."""

from dataclasses import replace

from crypto.labels import Label
from crypto.signing import sign
from testimony.services.consent_versions import Taken, put_version, signed_version, terms_of
from testimony.storage.consents import ConsentRow
from testimony.storage.register import find_row
from tests.services.conftest import Clock, People

IN_PERSON = Taken("safe_words", "in_person")


def put_signed(people: People, clock: Clock, consent: ConsentRow) -> None:
    first, second = people["custodian"], people["custodian_b"]
    with first.work(clock()) as work:
        row = find_row(work.connection, consent.code)
        assert row is not None
        terms = terms_of(consent, minor=bool(row.minor), guardian_ok=bool(row.guardian_ok))
        signed = signed_version(first, work, consent.code, terms, IN_PERSON)
        again = sign(second.keys.signing, signed.statement, Label.CONSENT_CONFIRMATION)
        both = replace(signed, second_id=second.account.id, second_signature=again)
        put_version(work, row, terms, both)

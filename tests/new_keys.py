"""Orders to change keys, given and confirmed, for tests. Knows no fixture."""

from dataclasses import replace

from testimony.domain.accounts import AccountId
from testimony.domain.purposes import Purpose
from testimony.domain.rekeying import Cause
from testimony.domain.witness import IdentityState, Witness
from testimony.services.archives import handle_lookup
from testimony.services.rekey_running import carry_out
from testimony.services.rekeying import OrderRequest, confirm, order
from testimony.services.submitting import submit
from testimony.storage.compartments import Compartment
from tests.review_room import granted, submission
from tests.services.conftest import HANDLES, PASSWORD, People

EXECUTOR = {
    Compartment.LEDGER: "custodian_b",
    Compartment.VAULT: "reviewer",
    Compartment.READING_ROOM: "reviewer",
    Compartment.AUDIT: "auditor",
    Compartment.IDENTITY: "custodian_b",
}


def ordered(people: People, *compartments: Compartment, without: str | None = None) -> str:
    """The id of an order that one custodian gave and nobody confirmed."""
    account = None if without is None else account_id_of(people, without)
    cause = Cause.ROTATION if without is None else Cause.MEMBER_REMOVED
    wanted = OrderRequest(frozenset(compartments), cause, account, "it is time")
    return order(people["custodian"], wanted, people.clock())


def account_id_of(people: People, name: str) -> AccountId:
    """Also of somebody who was suspended."""
    keyring = people.archive.keyring()
    record = keyring.account_with_lookup(handle_lookup(keyring.archive_id, HANDLES[name]))
    assert record is not None
    return record.account_id


def confirmed(people: People, *compartments: Compartment, without: str | None = None) -> str:
    order_id = ordered(people, *compartments, without=without)
    confirm(people["custodian_b"], order_id, "I agree", people.clock())
    return order_id


def rekeyed(people: People, *compartments: Compartment, without: str | None = None) -> None:
    """New keys, carried out by those who hold them; whoever is asked for next signs in anew."""
    confirmed(people, *compartments, without=without)
    for name in dict.fromkeys(EXECUTOR[c] for c in sorted(compartments, reverse=True)):
        carry_out(people[name], people.clock())
        signed_in_anew(people)


def signed_in_anew(people: People) -> None:
    for session in people.sessions.values():
        people.archive.release(session.archive.secrets)
    people.sessions.clear()


def can_enter(people: People, name: str) -> None:
    session = people.door.sign_in(HANDLES[name], PASSWORD, None, people.clock())
    people.archive.release(session.archive.secrets)


def with_identity(people: People) -> str:
    """The code of an account whose witness can be reached."""
    interviewer = people["interviewer"]
    made = submission(interviewer, decisions=granted(Purpose.CP01, Purpose.CP06))
    made = replace(made, witness=Witness(IdentityState.STORED))
    return submit(interviewer, made, {"name": "a name of theirs"}, people.clock()).code

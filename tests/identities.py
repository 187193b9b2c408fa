"""A testimony whose witness left a name and a way to be reached, and the steps to open it. Knows no fixture."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from testimony.domain.consent import Condition, Decision, PurposeDecision
from testimony.domain.identity import IdentityField, IdentityTask
from testimony.domain.purposes import Purpose
from testimony.domain.witness import IdentityState, Witness
from testimony.services.identity_approving import approve
from testimony.services.identity_requests import Asking, ask
from testimony.services.receiving import receive_inbox
from testimony.services.sessions import Session
from testimony.services.submitting import submit
from tests.review_room import ACCOUNT, granted, submission
from tests.services.conftest import Clock, People

NAME, PHONE, ZONE = "Zibrawena Quoltaghi", "+223 99 41 73 08", "Zone Yelvik"
SAFE_HOURS, SAFE_WORDS, NEVER_SAY = "after the evening call", "the goats came home", "the word archive"
IDENTITY: Mapping[str, object] = {
    "format": "testimony-identity/1",
    "names": [{"full": NAME, "kind": "official"}],
    "contacts": [
        {
            "channel": "phone",
            "value": PHONE,
            "owner": "relative",
            "safe_hours": SAFE_HOURS,
            "safe_words": SAFE_WORDS,
            "never_say": NEVER_SAY,
        }
    ],
    "dwelling": ZONE,
    "next_contact": "",
    "note": "",
}
SECRETS = (NAME, PHONE, ZONE, SAFE_HOURS, SAFE_WORDS, NEVER_SAY)
REASON = "The court asks whether this witness still lives at the well."
RULED = PurposeDecision(
    Purpose.CP21,
    Decision.GRANTED_WITH_CONDITIONS,
    (Condition("CC09", "by phone, evenings"), Condition("CC10")),
)
DECISIONS = (*granted(Purpose.CP01, Purpose.CP06, Purpose.CP07, Purpose.CP09), RULED)


def with_identity(
    interviewer: Session,
    now: object,
    *,
    text: str = ACCOUNT,
    decisions: tuple[PurposeDecision, ...] = DECISIONS,
    identity: Mapping[str, object] = IDENTITY,
) -> str:
    """Hand in an account with its identity; return the code. now: a datetime."""
    made = submission(interviewer, text, protect=(), decisions=granted(Purpose.CP01))
    consent = replace(made.consent, decisions=decisions, contact_channel="phone", contact_hours="evenings")
    made = replace(made, witness=Witness(IdentityState.STORED), consent=consent)
    return submit(interviewer, made, identity, now).code  # type: ignore[arg-type]  # a datetime, as said


def received_with_identity(people: People, clock: Clock, text: str = ACCOUNT) -> str:
    code = with_identity(people["interviewer"], clock(), text=text)
    receive_inbox(people["reviewer"], clock())
    return code


def asking(code: str, clock: Clock, **changes: object) -> Asking:
    """For a court, the names alone, within three days."""
    asked = Asking(
        code=code,
        task=IdentityTask.PROCEEDINGS,
        basis="LB06",
        fields=frozenset({IdentityField.NAMES}),
        reason=REASON,
        expires_at=clock() + timedelta(days=3),
    )
    return replace(asked, **changes)  # type: ignore[arg-type]  # named fields of a request


def recontact(code: str, clock: Clock, contact_by: str = "interviewer-1", **changes: object) -> Asking:
    due: date = clock().date() + timedelta(days=5)
    return asking(
        code,
        clock,
        **{
            "task": IdentityTask.RECONTACT,
            "basis": "LB01",
            "fields": frozenset({IdentityField.CONTACTS}),
            "contact_by": contact_by,
            "contact_due": due,
            **changes,
        },
    )


@dataclass(frozen=True, slots=True)
class Request:
    code: str
    id: str


def asked(people: People, clock: Clock, **changes: object) -> Request:
    """A request of a reviewer about a testimony that was received."""
    code = received_with_identity(people, clock)
    return Request(code, ask(people["reviewer"], asking(code, clock, **changes), clock()))


def opened(people: People, clock: Clock, **changes: object) -> Request:
    request = asked(people, clock, **changes)
    approve(people["custodian"], request.id, clock())
    approve(people["custodian_b"], request.id, clock())
    return request

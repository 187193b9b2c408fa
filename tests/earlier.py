"""A witness who left a name, the blind question about them, and a second person's word. Knows no fixture."""

from collections.abc import Mapping
from dataclasses import replace

from testimony.domain.earlier_accounts import Told
from testimony.domain.witness import IdentityState, Sex, Witness
from testimony.services import second_account_decisions, second_accounts
from testimony.services.drafts import Step
from testimony.services.earlier_answers import answer_waiting
from testimony.services.earlier_questions import EarlierQuestion, ask_archive, own_question
from testimony.services.intake import save_step, start_draft
from testimony.services.sessions import Session
from testimony.services.submitting import submit
from tests.identities import DECISIONS, IDENTITY
from tests.review_room import granted, submission
from tests.services.conftest import Clock, People
from tests.services.intake_answers import WHOLE

NAME, TELEPHONE = "Akli ag Wartan", "+223 99 41 73 08"
TOLD_BEFORE: Mapping[str, str] = {
    "earlier": "yes",
    "reinterview_reason": "only spoke of the market then",
}


def identity(name: str = NAME) -> Mapping[str, object]:
    contact = {
        "channel": "phone",
        "value": TELEPHONE,
        "owner": "self",
        "safe_hours": "",
        "safe_words": "",
        "never_say": "",
    }
    return {**IDENTITY, "names": [{"full": name, "kind": "official"}], "contacts": [contact]}


def named(session: Session, clock: Clock, name: str = NAME, text: str = "They came at dawn.") -> str:
    """Hand in the account of a man in his forties who left his name; return the code."""
    made = submission(session, text, protect=(), decisions=granted())
    consent = replace(made.consent, decisions=DECISIONS, contact_channel="phone", contact_hours="evenings")
    witness = Witness(IdentityState.STORED, sex=Sex.MALE, age_band="40-49")
    return submit(session, replace(made, witness=witness, consent=consent), identity(name), clock()).code


def told(
    people: People, clock: Clock, name: str, telephone: str = "", before: Mapping[str, str] | None = None
) -> Told | None:
    """What another interviewer is told about a name, once a reviewer came by."""
    interviewer = people["interviewer_b"]
    draft_id = start_draft(interviewer, clock())
    known = {**WHOLE[Step.BEFORE], "sex": "", "age_band": "", **(before or {})}
    save_step(interviewer, draft_id, Step.BEFORE, known, 0, clock())
    ask_archive(interviewer, draft_id, EarlierQuestion(name, telephone), clock())
    answer_waiting(people["reviewer"], clock())
    answer = own_question(interviewer, draft_id)
    assert answer is not None
    return answer.told


def approved(people: People, clock: Clock, draft_id: str, reason: str, by: str = "interviewer") -> str:
    """Ask for a second account and have a custodian sign a yes; return the request's id."""
    request = second_accounts.ask(people[by], draft_id, reason, clock())
    second_account_decisions.decide(people["custodian"], request, "approved", "a good reason", clock())
    return request

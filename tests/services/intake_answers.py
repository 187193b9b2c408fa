"""A whole interview as it is typed, step by step; a test changes the one answer that it is about."""

from collections.abc import Mapping
from datetime import datetime

from testimony.domain.earlier_accounts import Because
from testimony.domain.vocabulary import load
from testimony.services.drafts import Step
from testimony.services.earlier_questions import say_not_asked
from testimony.services.intake import open_draft, save_step, start_draft
from testimony.services.sessions import Session

ACCOUNT = "They came at dawn. I saw the grey truck.\n\nMy cousin Akli told me the number. رأيت الشاحنة."
EXPLAINED = list(load("explained").codes)

WHOLE: Mapping[Step, Mapping[str, object]] = {
    Step.BEFORE: {
        "case": "CASE-1",
        "route_kind": "own_contact",
        "intermediary": "",
        "first_contact_by": "",
        "earlier": "no",
        "setting": "SET01",
        "present": ["PR01", "PR02"],
        "could_hear": [],
        "interpreter_used": "no",
        "spoken": "taq",
        "explained_in": "taq",
        "written_in": "eng",
        "month": "2026-02",
        "day": "",
        "place": "Hodh Ech Chargui",
        "precision": "PL2",
        "minor": "no",
        "sex": "F",
        "age_band": "30-39",
        "roles": ["eyewitness"],
    },
    Step.EXPLANATION: {"said": EXPLAINED, "understood": EXPLAINED, "benefits": ""},
    Step.CONSENT: {
        "decision-CP01": "granted",
        "decision-CP06": "refused",
        "decision-CP07": "granted",
        "decision-CP10": "granted_with_conditions",
        "conditions-CP10": ["CC04"],
        "parameter-CP10-CC04": "the grey truck",
        "decision-CP16": "deferred",
        "evidence": "CE02",
        "basis": "LB01",
        "given_on": "2026-03-01",
        "free_of_pressure": "yes",
        "sober": "yes",
        "understands": "yes",
        "review_due": "2026-09-01",
        "receipt": "refused_unsafe",
        "contact_channel": "",
        "contact_hours": "",
        "paused": "no",
    },
    Step.ACCOUNT: {
        "text": ACCOUNT,
        "language": "eng",
        "kind": "notes",
        "account_types": ["AT02"],
        "passages": [{"start": "0", "end": "40", "basis": "BA01", "speaker": ""}],
        "unanswered": [{"topic": "How many men", "why": "does_not_know"}],
        "warnings": ["CW01"],
    },
    Step.PROTECT: {"protect": [{"text": "Akli", "kind": "RELATIVE_NAME"}]},
    Step.CLOSING: {
        "read_back": "yes",
        "read_language": "taq",
        "confirmed_by": "oral",
        "read_note": "",
        "recording": [],
        "ended": "11:20",
        "breaks": "1",
        "ended_by": "witness",
        "referral-medical": "not_needed",
        "referral-psychosocial": "accepted",
        "referral-legal": "declined",
        "referral-child_protection": "not_needed",
        "feedback": "no",
        "risk": "R2",
        "next_contact": "no",
        "vulnerabilities": ["VU07"],
        "protective_measures": [],
    },
}

IDENTITY: Mapping[str, object] = {
    "names": [{"full": "Fadimata walet Amashagh", "kind": "official"}],
    "contacts": [
        {
            "channel": "phone",
            "value": "+223 10 55 21 84",
            "owner": "self",
            "safe_hours": "after sunset",
            "safe_words": "the well is dry",
            "never_say": "the archive",
        }
    ],
    "dwelling": "Zone 4",
    "next_contact": "",
    "note": "",
}


def type_draft(session: Session, now: datetime, **changes: Mapping[str, object]) -> str:
    """A draft with every step saved. changes: by step, the answers that differ."""
    draft_id = start_draft(session, now)
    for step in Step:
        values = {**WHOLE.get(step, {}), **changes.get(step.value, {})}
        if step is Step.ACCOUNT:
            say_not_asked(session, draft_id, Because.NO_NAME, now)
        if values:
            save_step(session, draft_id, step, values, 0, now)
    return draft_id


def change(session: Session, draft_id: str, step: Step, now: datetime, **values: object) -> None:
    """Save a step once more with some answers changed."""
    answers = open_draft(session, draft_id, now).answers(step)
    save_step(session, draft_id, step, {**answers.values, **values}, answers.version, now)

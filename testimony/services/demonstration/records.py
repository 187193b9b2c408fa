"""The invented testimonies, read from package data and turned into what an interviewer would have handed in.

Every person, village, number and event in them is invented (see the notice in testimonies.json).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from testimony.domain.accounts import AccountId
from testimony.domain.consent import (
    YES,
    Answer,
    Assent,
    Capacity,
    Condition,
    Consent,
    Decision,
    GuardianDecision,
    PurposeDecision,
    Receipt,
)
from testimony.domain.grants import ClosedPart
from testimony.domain.interview import (
    EndedBy,
    Interpreter,
    InterpreterFlag,
    Interview,
    PersonPresent,
    Recording,
    Referral,
    Route,
)
from testimony.domain.purposes import Audience, Purpose, depends_on
from testimony.domain.statement import Direction, ProtectItem, Statement, StatementKind
from testimony.domain.testimony import Submission
from testimony.domain.witness import IdentityState, Sex, Witness

CASE_ID = "CASE-SAHEL-01"
WARNINGS = {
    "T-0001": "CW00",
    "T-0002": "CW01",
    "T-0003": "CW02",
    "T-0005": "CW00",
    "T-0006": "CW01",
    "T-0007": "CW01",
    "T-0009": "CW02",
    "T-0011": "CW01",
}
"""What each account would be warned of, code of warning.csv."""

REVIEW_AFTER = timedelta(days=365)
_EARLIEST_LEVEL = {"court": Audience.COURT, "partner": Audience.PARTNER, "public": Audience.PUBLIC}


@dataclass(frozen=True, slots=True)
class Identifier:
    """Words to withhold, as the redactor of the demonstration will mark them. spans: code points."""

    text: str = field(repr=False)
    category: str
    withheld_from: Audience
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    document: Mapping[str, Any] = field(repr=False)

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        return tuple(
            Identifier(
                text=i["text"],
                category=i["category"],
                withheld_from=_narrowest(i["redact_for"]),
                spans=tuple((start, start + len(i["text"])) for start in i["start"]),
            )
            for i in self.document["identifiers"]
        )


def load_records() -> Mapping[str, Record]:
    """Every record by its id, `T-0001` to `T-0011`."""
    text = (files("testimony.services.demonstration") / "testimonies.json").read_text(encoding="utf-8")
    return {r["id"]: Record(r["id"], r) for r in json.loads(text)["records"]}


@dataclass(frozen=True, slots=True)
class Names:
    """What a submission is called: its ids and codes."""

    submission_id: str
    code: str
    pseudonym: str


def submission_of(record: Record, names: Names, interviewer: AccountId, told_on: date) -> Submission:
    """The record as a submission of this interviewer, told on that day."""
    document = record.document
    witness = document["witness"]
    parts = {
        ClosedPart.CHILDREN: witness["minor"],
        ClosedPart.INSIDERS: not {"insider", "alleged_perpetrator"}.isdisjoint(witness["roles"]),
        ClosedPart.EXTREME_RISK: witness["risk"] == "R4",
    }
    return Submission(
        submission_id=names.submission_id,
        code=names.code,
        pseudonym=names.pseudonym,
        case_id=CASE_ID,
        witness=Witness(
            identity_state=IdentityState.REFUSED,
            sex=Sex(witness["sex"]),
            age_band=witness["age_band"],
            roles=tuple(witness["roles"]),
            vulnerabilities=tuple(witness["vulnerability"]),
            risk=witness["risk"],
        ),
        statement=Statement(
            text=document["text"],
            language=document["language"],
            direction=Direction.AUTO,
            kind=StatementKind(document["interview"]["text_kind"]),
            account_types=tuple(witness["account_types"]),
        ),
        consent=_consent(document, interviewer, told_on),
        closed_parts=frozenset(part for part, lies_in_it in parts.items() if lies_in_it),
        protect=_protect(document),
        warning=WARNINGS[record.id],
        interview=_interview(document, interviewer, told_on),
    )


def _narrowest(audiences: list[str]) -> Audience:
    return min((_EARLIEST_LEVEL[a] for a in audiences), key=lambda audience: -audience.rank)


def _protect(document: Mapping[str, Any]) -> tuple[ProtectItem, ...]:
    """What the interviewer listed: the names and numbers, not every detail that a redactor will find."""
    listed = {
        i["text"]: i["type"]
        for i in document["identifiers"]
        if i["type"].endswith(("_NAME", "_NICKNAME", "_ALIAS"))
        or i["type"] in {"PHONE", "CAMP_ADDRESS", "GPS"}
    }
    return tuple(ProtectItem(text, kind) for text, kind in listed.items())


def _consent(document: Mapping[str, Any], interviewer: AccountId, told_on: date) -> Consent:
    said, minor = document["consent"], document["witness"]["minor"]
    conditions: dict[str, list[Condition]] = {}
    for c in said["conditions"]:
        conditions.setdefault(c["purpose"], []).append(Condition(c["code"], c.get("note", "")))
    guardian = GuardianDecision.GRANTED if document["witness"]["guardian"] else GuardianDecision.NOT_ASKED
    return Consent(
        version=1,
        decisions=tuple(_decision(code, said["decisions"], conditions) for code in said["decisions"]),
        evidence=said["evidence"],
        basis="LB01",
        given_on=told_on,
        language=said["language"],
        explained_by=interviewer,
        explained=frozenset(said["explained"]),
        capacity=Capacity(Answer.YES, Answer.YES, Answer.YES),
        minor=minor,
        guardian_decision=guardian if minor else GuardianDecision.NOT_NEEDED,
        assent=Assent(said["assent"]) if minor else Assent.NOT_NEEDED,
        review_due=told_on + REVIEW_AFTER,
        receipt=Receipt.REFUSED_UNSAFE,
        contact_channel="through the women's centre of the camp",
        contact_hours="after midday",
        paused=said["paused"],
    )


def _decision(
    code: str, said: Mapping[str, str], conditions: Mapping[str, list[Condition]]
) -> PurposeDecision:
    purpose, decision = Purpose(code), Decision(said[code])
    unmet = any(Decision(said.get(needed, "not_asked")) not in YES for needed in depends_on(purpose))
    if decision in YES and unmet:
        # Contact was wanted while no name may be kept: an interviewer cannot record that, and asks again later.
        return PurposeDecision(purpose, Decision.DEFERRED)
    if decision is not Decision.GRANTED_WITH_CONDITIONS:
        return PurposeDecision(purpose, decision)
    return PurposeDecision(purpose, decision, tuple(conditions[code]))


def _interview(document: Mapping[str, Any], interviewer: AccountId, told_on: date) -> Interview:
    told = document["interview"]
    return Interview(
        month=told_on.isoformat()[:7],
        place_coarse=told["place_coarse"],
        place_precision=told["place_precision"],
        setting=told["setting"],
        spoken=told["language_spoken"],
        explained_in=document["consent"]["language"],
        written_in=document["language"],
        interviewer=interviewer,
        interpreter=_interpreter(told),
        persons_present=tuple(PersonPresent(code, could_hear=True) for code in told["persons_present"]),
        route=(Route(document["intermediary"] or "", "came by themselves", "the interviewer"),),
        earlier_accounts=Answer.NO,
        recording=frozenset(Recording(kind) for kind in told["recording"]),
        breaks=told["breaks"],
        ended_by=EndedBy.WITNESS if told["stopped_by_witness"] else EndedBy.INTERVIEWER,
        referrals=tuple(
            Referral(r["kind"], r["offered"], bool(r["accepted"])) for r in document["witness"]["referral"]
        ),
    )


def _interpreter(told: Mapping[str, Any]) -> Interpreter | None:
    if told["interpreter"] is None:
        return None
    alleged = told["interpreter_relation_alleged"] or ""
    return Interpreter(
        name="",
        account_id=None,
        relation_declared=told["interpreter_relation_declared"] or "",
        relation_alleged=alleged,
        undertaking_signed=True,
        gender_ok=Answer.YES,
        flag=InterpreterFlag.ALLEGED if alleged else InterpreterFlag.NONE,
    )

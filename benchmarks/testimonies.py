"""Released testimonies to measure on: real narratives, repeated, and the rows that the gate asks about them."""

import gzip
import json
from datetime import timedelta
from itertools import cycle, islice

from benchmarks.archives import CASE, now
from benchmarks.report import data
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.consent import ConsentStatus, Decision
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Purpose, audience_of
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.policy.facts import Use
from testimony.policy.gate import Predicate, predicate
from testimony.services.sessions import timestamp
from testimony.storage import log
from testimony.storage.releases import RELEASES, Release

SMALL_CASE = "ONE-PERCENT"
PURPOSE = Purpose.CP07


def reader_of(cases: tuple[str, ...], account: AccountId) -> Predicate:
    """Return the gate's condition for somebody with a grant to these cases, no part of them closed."""
    at, day = now(), timedelta(days=1)
    grants = tuple(
        Grant(
            id=f"G-{case}",
            account_id=account,
            case_id=case,
            purposes=frozenset({PURPOSE}),
            closed_parts=frozenset(ClosedPart),
            originals=False,
            valid_from=at - day,
            valid_until=at + day,
            granted_by=AccountId("custodian"),
        )
        for case in cases
    )
    return predicate(Use(account, grants), PURPOSE, audience_of(PURPOSE), at)


def releases(size: int) -> list[Release]:
    with gzip.open(data("text/en_wpa.jsonl.gz"), "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return [_release(number, text) for number, text in enumerate(islice(cycle(texts), size), start=1)]


def _release(number: int, text: str) -> Release:
    audience = audience_of(PURPOSE)
    return Release(
        code=f"T-{number:06d}",
        audience=audience.value,
        rank=audience.rank,
        number=1,
        language="eng",
        month=f"2024-{number % 12 + 1:02d}",
        case_id=SMALL_CASE if number % 100 == 0 else CASE,
        text=text,
        text_sha256="",
        withheld="{}",
        warning=None,
        hides_named_details=0,
        residual_checked=1,
        current=1,
        released_at=timestamp(now()),
        redactor_id="redactor",
        approver_id="approver",
        releaser_id="releaser",
        statement=b"",
        signature=b"",
        id=number,
    )


def release_row(row: Release) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in RELEASES.columns}


def register_row(row: Release, account: str) -> dict[str, object]:
    return {
        "code": row.code,
        "submission_id": row.code,
        "case_id": row.case_id,
        "state": State.RELEASED.value,
        "language": row.language,
        "month": row.month,
        "submitted_on": "2024-12-01",
        "interviewer_id": account,
    }


def consent_row(row: Release) -> dict[str, object]:
    status = ConsentStatus.ACTIVE.value
    due = "2099-01-01"
    return {
        "code": row.code,
        "version": 1,
        "status": status,
        "evidence": "",
        "basis": "LB01",
        "review_due": due,
        "current": 1,
    }


def decision_row(row: Release) -> dict[str, object]:
    return {"code": row.code, "version": 1, "purpose": PURPOSE.value, "decision": Decision.GRANTED.value}


def entry_of(row: Release, at: str, account: str) -> log.Entry:
    roles, allowed = (Role.REVIEWER.value,), Outcome.ALLOWED.value
    subject = ("testimony", row.code)
    return log.Entry(
        at, account, roles, Action.REDACTION_DECIDED.value, allowed, subject=subject, case_id=row.case_id
    )

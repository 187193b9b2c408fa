"""What tests of the auditors' room plant: showings at chosen times, a second auditor, a finding."""

from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.findings import FREE, About, FindingState, NoteDraft
from testimony.domain.roles import Role
from testimony.policy.questions import Question, Setting
from testimony.services.accounts import activate, enrol
from testimony.services.asking import Answer, Row
from testimony.services.confirming import confirm_enrolment
from testimony.services.findings import open_finding
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.questions import ask, usual_span
from testimony.services.sessions import Session
from testimony.services.throttling import Throttle
from tests.services.conftest import PASSWORD, People
from tests.services.test_custody_readers import CODE

TEXT = ("text", "release:1", "partner")


def show(
    session: Session,
    at: datetime,
    times: int = 1,
    *,
    code: str = CODE,
    case: str = "CASE-1",
    purpose: str | None = "CP07",
    fields: tuple[str, ...] = TEXT,
    action: Action = Action.ITEM_SHOWN,
) -> None:
    """Leave the entries that showing a testimony leaves, at a time of one's own choice."""
    with session.work(at) as work:
        for _ in range(times):
            work.log(action, subject=("testimony", code), case=case, purpose=purpose, fields=fields)


def answer(people: People, question: Question, now: datetime, **chosen: int) -> Answer:
    settings = {Setting(name): value for name, value in chosen.items()}
    return ask(people["auditor"], question, usual_span(now), settings, now)


def rows(people: People, question: Question, now: datetime, **chosen: int) -> list[Row]:
    return list(answer(people, question, now, **chosen).rows)


def second_auditor(people: People, now: datetime) -> Session:
    """Somebody who audits too, with the auditors' key."""
    newcomer = Newcomer("auditor-2", "Auditor 2", frozenset({Role.AUDITOR}))
    invitation = enrol(people["custodian"], newcomer, now)
    activate(people.archive, Throttle(), newcomer.handle, invitation.code, PASSWORD, now)
    confirm_enrolment(people["custodian_b"], invitation.record.account_id, "known to both", now)
    wrap_for_members(people["auditor"], now)
    return people[newcomer.handle]


def note(
    session: Session, text: str = "Looks odd", state: FindingState = FindingState.OPEN, **parts: object
) -> NoteDraft:
    values: dict[str, object] = {"text": text, "state": state, "owner": session.account.id, **parts}
    return NoteDraft(**values)  # type: ignore[arg-type]  # fields by name


def finding(session: Session, now: datetime, about: About = FREE, text: str = "Looks odd") -> int:
    return open_finding(session, about, note(session, text), now)

"""Ready questions to the log. Each is one statement or a bounded scan; its parameters are visible; asking is logged.

An answer is a reason to look, never a verdict: what a harmless explanation may be stands beside it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.errors import Invalid, Problem
from testimony.policy.access import Permission, require
from testimony.policy.questions import MAX_PERIOD_DAYS, PERIOD_DAYS, Question, Setting, settings_of
from testimony.services import questions_of_reading as reading
from testimony.services import questions_of_rules as rules
from testimony.services import questions_of_upkeep as upkeep
from testimony.services import questions_of_walls as walls
from testimony.services.asking import ROWS, Answer, Asked, Row
from testimony.services.sessions import Session, Work
from testimony.storage import accounts as account_rows
from testimony.storage.room_queries import Span

_ANSWERS: Mapping[Question, Callable[[Asked], list[Row]]] = {
    Question.BULK_READING: reading.bulk_reading,
    Question.OUT_OF_HOURS: reading.out_of_hours,
    Question.BEFORE_GRANT_ENDED: reading.before_grant_ended,
    Question.UNUSUAL_DAY: reading.unusual_days,
    Question.MANY_CASES: reading.many_cases,
    Question.REFUSED: rules.refused,
    Question.IDENTITY_WITHOUT_TASK: rules.identity_without_task,
    Question.ONE_APPROVER: rules.one_approver,
    Question.SAME_PERSON: rules.same_person,
    Question.GRANT_PAST_DATE: rules.grant_past_date,
    Question.CONSENT_EXPIRED: rules.consent_expired,
    Question.TOO_NEAR: rules.too_near,
    Question.BOTH_SIDES: walls.both_sides,
    Question.QUESTIONED_INTERPRETER: rules.questioned_interpreter,
    Question.DORMANT: upkeep.dormant,
    Question.CAPTURE_WAITS: upkeep.capture_waits,
    Question.CHECK_LONG_AGO: upkeep.check_long_ago,
}


def usual_span(now: datetime) -> Span:
    """The last `PERIOD_DAYS` days, today included."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight - timedelta(days=PERIOD_DAYS - 1), midnight + timedelta(days=1))


def require_span(span: Span) -> None:
    """Raises Invalid with the field until (out_of_range): backwards, or longer than a year."""
    if not timedelta(0) < span.until - span.since <= timedelta(days=MAX_PERIOD_DAYS):
        raise Invalid((Problem("until", "out_of_range"),))


def ask(
    session: Session, question: Question, span: Span, chosen: Mapping[Setting, int], now: datetime
) -> Answer:
    """Raises Refused, Invalid for a setting or a span outside its bounds."""
    settings = settings_of(question, chosen)
    require_span(span)
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        answer = answer_in(session, work, question, span, settings)
        work.log(
            Action.LIST_SHOWN,
            subject=("question", question.value),
            fields=("question",),
            count=len(answer.rows),
        )
    return answer


def answer_in(
    session: Session, work: Work, question: Question, span: Span, settings: Mapping[Setting, int]
) -> Answer:
    """The answer within somebody's unit of work, which logs it."""
    asked = Asked(work.connection, session.archive.keyring(), span, settings, work.now)
    rows = _ANSWERS[question](asked)
    handles: dict[str, str] = {
        row.account_id: row.handle for row in account_rows.all_accounts(work.connection)
    }
    return Answer(question, span, settings, tuple(rows[:ROWS]), len(rows) > ROWS, handles)

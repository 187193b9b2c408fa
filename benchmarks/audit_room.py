"""The auditors' room over a long log: filtered first pages, the picture of hours, the ready questions."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.archives import now
from benchmarks.report import Bar, Table, at_most
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.questions import Question
from testimony.services import audit, log_picture
from testimony.services.questions import ask, usual_span
from testimony.services.sessions import CHECKPOINT_EVERY, Session, seal_detail, sign_checkpoint, timestamp
from testimony.storage import log
from testimony.storage.room_queries import Span

PEOPLE, CASES, TESTIMONIES, DAYS = 40, 12, 3_000, 730
ROUNDS = 5
BATCH = 16 * CHECKPOINT_EVERY
AT_MOST_MS = 50
QUESTION_AT_MOST_MS = 500

_ACTIONS = (
    (Action.LIST_SHOWN, 55),
    (Action.ITEM_SHOWN, 25),
    (Action.SEARCH_RELEASED, 8),
    (Action.WRITTEN, 6),
    (Action.SIGN_IN, 3),
    (Action.REDACTION_DECIDED, 2),
    (Action.DENIED, 1),
)


def someone(number: int) -> AccountId:
    """One of the invented people of the long log; low numbers do more than high ones."""
    return AccountId(f"{number:032x}")


def entries(size: int, end: datetime, query: bytes) -> Iterator[log.Entry]:
    """Two years of an archive at work until `end`, oldest first; the same each time. query: sealed, of each search."""
    dice = random.Random(6)
    actions, weights = zip(*_ACTIONS, strict=True)
    step = timedelta(days=DAYS) / size
    at = end - timedelta(days=DAYS)
    for _ in range(size):
        at += step
        action = dice.choices(actions, weights)[0]
        who = min(int(dice.expovariate(0.12)), PEOPLE - 1)
        case = f"CASE-{who % CASES}"
        about = action not in (Action.SIGN_IN, Action.SEARCH_RELEASED, Action.DENIED)
        yield log.Entry(
            at=timestamp(at),
            actor=someone(who),
            roles=(Role.INVESTIGATOR.value if who % 3 else Role.REVIEWER.value,),
            action=action.value,
            outcome=(Outcome.DENIED if action is Action.DENIED else Outcome.ALLOWED).value,
            subject=("testimony", f"T-{dice.randrange(TESTIMONIES):04d}-29") if about else None,
            case_id=case if about else None,
            purpose=Purpose.CP07.value if about and who % 3 else None,
            fields=("snippet", "release:1", "partner") if about else (),
            reasons=("DR01",) if action is Action.DENIED else (),
            detail=query if action is Action.SEARCH_RELEASED else None,
        )


def fill(session: Session, size: int, end: datetime | None = None) -> float:
    """Append the long log in few transactions; return the seconds."""
    query = seal_detail(session.archive, "wells AND (village OR camp)")
    made, start = entries(size, end or now(), query), time.perf_counter()
    for first in range(0, size, BATCH):
        batch = [next(made) for _ in range(min(BATCH, size - first))]
        with session.archive.database.writing() as connection:
            log.append(connection, batch)
            sign_checkpoint(connection, session.archive, now())
    return time.perf_counter() - start


def measure(session: Session, at: datetime | None = None) -> tuple[Table | Bar, ...]:
    """Time what an auditor does over a log that `fill` made; `at`: the moment at which it ends."""
    moment = at or now()
    pages = tuple(
        (name, _middle(_page(session, wanted, moment)), audit.events(session, wanted, None, moment).total)
        for name, wanted in _filters(moment).items()
    )
    drawn = _middle(lambda: log_picture.picture(session, EventFilter(), moment))
    span = usual_span(moment)
    asked = tuple((one.value, _middle(_question(session, one, span, moment))) for one in Question)
    return (
        Table(
            "A filtered first page, with its count and seven days of activity",
            ("filter", "ms", "found"),
            tuple((name, f"{ms:.1f}", f"{found:,}") for name, ms, found in pages),
        ),
        Table(
            "Ready questions over thirty days", ("question", "ms"), tuple((n, f"{ms:.1f}") for n, ms in asked)
        ),
        at_most("filtered first page, the slowest", max(ms for _, ms, _ in pages), AT_MOST_MS, " ms"),
        at_most("hours and days of eight weeks", drawn, 2 * AT_MOST_MS, " ms"),
        at_most("ready question, the slowest", max(ms for _, ms in asked), QUESTION_AT_MOST_MS, " ms"),
    )


def _filters(at: datetime) -> dict[str, EventFilter]:
    """Choices that an index alone does not answer: each part, pairs of them, and what is rare or is not there."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = midnight - timedelta(days=400), midnight - timedelta(days=370)
    busy, other, rare = someone(0), someone(1), someone(PEOPLE - 2)
    return {
        "nothing": EventFilter(),
        "person": EventFilter(actor=busy),
        "person who does little": EventFilter(actor=rare),
        "role": EventFilter(role=Role.CUSTODIAN),
        "act": EventFilter(action=Action.SIGN_IN),
        "act that never was": EventFilter(action=Action.EXPORT_SENT),
        "person and act that never was": EventFilter(actor=busy, action=Action.EXPORT_SENT),
        "refused": EventFilter(outcome=Outcome.DENIED),
        "person and refused": EventFilter(actor=rare, outcome=Outcome.DENIED),
        "case": EventFilter(case_id="CASE-1"),
        "person and another's case": EventFilter(actor=other, case_id="CASE-2"),
        "act and case": EventFilter(action=Action.REDACTION_DECIDED, case_id="CASE-3"),
        "testimony": EventFilter(subject="T-0042-29"),
        "testimony and person": EventFilter(subject="T-0042-29", actor=other),
        "purpose": EventFilter(purpose=Purpose.CP07),
        "person and purpose that never was": EventFilter(actor=busy, purpose=Purpose.CP09),
        "a month long ago": EventFilter(since=since, until=until),
        "person and a month long ago": EventFilter(actor=busy, since=since, until=until),
        "case and a month long ago": EventFilter(case_id="CASE-1", since=since, until=until),
        # A time alone, or with one part: nearly all of the log is on the wrong side of it, or on the right one.
        "until a day long ago": EventFilter(until=since),
        "until the first week": EventFilter(until=midnight - timedelta(days=DAYS - 7)),
        "since a day long ago": EventFilter(since=since),
        "since yesterday": EventFilter(since=midnight - timedelta(days=1)),
        "half a year in the middle": EventFilter(since=since, until=since + timedelta(days=182)),
        "person until long ago": EventFilter(actor=busy, until=since),
        "rare person until long ago": EventFilter(actor=rare, until=since),
        "role until long ago": EventFilter(role=Role.CUSTODIAN, until=since),
        "act until long ago": EventFilter(action=Action.SIGN_IN, until=since),
        "act that never was until long ago": EventFilter(action=Action.EXPORT_SENT, until=since),
        "case until long ago": EventFilter(case_id="CASE-1", until=since),
        "person, half a year in the middle": EventFilter(
            actor=other, since=since, until=since + timedelta(days=182)
        ),
        "testimony until long ago": EventFilter(subject="T-0042-29", until=since),
        "purpose until long ago": EventFilter(purpose=Purpose.CP07, until=since),
        "purpose that never was until long ago": EventFilter(purpose=Purpose.CP09, until=since),
        "refused until long ago": EventFilter(outcome=Outcome.DENIED, until=since),
        "allowed until long ago": EventFilter(outcome=Outcome.ALLOWED, until=since),
        "refused person since long ago": EventFilter(actor=rare, outcome=Outcome.DENIED, since=since),
        "everything at once": EventFilter(
            actor=other,
            action=Action.ITEM_SHOWN,
            outcome=Outcome.ALLOWED,
            case_id="CASE-1",
            purpose=Purpose.CP07,
            since=since,
            until=until,
        ),
    }


def _page(session: Session, wanted: EventFilter, at: datetime) -> Callable[[], object]:
    return lambda: audit.events(session, wanted, None, at)


def _question(session: Session, question: Question, span: Span, at: datetime) -> Callable[[], object]:
    return lambda: ask(session, question, span, {}, at)


def _middle(work: Callable[[], object]) -> float:
    """Milliseconds of the middle of ROUNDS runs, the first of which warms the cache and is not counted."""
    taken = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1e3)
    return median(taken[1:])

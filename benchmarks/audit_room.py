"""The auditors' room over a long log: filtered first pages, the picture of hours, the ready questions."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.archives import CASE, now
from benchmarks.report import Bar, Table, at_most
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.sessions import CHECKPOINT_EVERY, Session, sign_checkpoint, timestamp
from testimony.storage import log

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


def entries(size: int, end: datetime) -> Iterator[log.Entry]:
    """Two years of an archive at work until `end`, oldest first; the same each time."""
    dice = random.Random(6)  # noqa: S311 - what is measured is to be the same each time
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
        )


def fill(session: Session, size: int, end: datetime | None = None) -> float:
    """Append the long log in few transactions; return the seconds."""
    made, start = entries(size, end or now()), time.perf_counter()
    for first in range(0, size, BATCH):
        batch = [next(made) for _ in range(min(BATCH, size - first))]
        with session.archive.database.writing() as connection:
            log.append(connection, batch)
            sign_checkpoint(connection, session.archive, now())
    return time.perf_counter() - start

"""One act of a reviewer on a long account against the same act on a short one, as the server does it.

The act is a decision with its signature-checked account, its entry, its commit, and the lines that a script is told.
Both accounts take turns, so that whatever else the machine is doing slows both. What the browser does with the answer
is not measured here.
"""

import json
import time
from dataclasses import dataclass, field
from random import Random
from statistics import median

from flask import Flask
from flask_babel import Babel

from benchmarks.archives import Measured, now, temporary_archive
from benchmarks.report import Bar, Table, at_most
from testimony.domain.purposes import Audience
from testimony.domain.redaction import MarkDecision
from testimony.domain.roles import Role
from testimony.domain.tokens import PLAIN
from testimony.services.importing import import_rows
from testimony.services.mark_acts import Turn
from testimony.services.mentions import list_mentions
from testimony.services.receiving import receive_inbox
from testimony.services.redacting import decide
from testimony.services.review import open_desk
from testimony.services.taking import take
from testimony.web.review_patches import both_sides, patches

SHORT, LONG = (1_000, 50), (40_000, 2_000)
ROUNDS = 21
PEOPLE = 20
LINE = 80
WORDS = [
    "the",
    "river",
    "was",
    "high",
    "and",
    "we",
    "walked",
    "on",
    "before",
    "dawn",
    "with",
    "two",
    "lorries",
    "behind",
    "us",
    "when",
    "they",
    "came",
]


@dataclass(slots=True)
class Account:
    """An account that the reviewer has taken. revision: what the next act is made on. waiting: marks not decided."""

    words: int
    code: str
    revision: int
    waiting: list[str]
    seconds: list[float] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        return median(self.seconds) * 1e3


def run() -> tuple[Table | Bar, ...]:
    app = Flask(__name__)
    Babel(app)
    with temporary_archive() as measured, app.test_request_context():
        accounts = tuple(_taken(measured, words, marks) for words, marks in (SHORT, LONG))
        for _ in range(ROUNDS):
            for account in accounts:
                account.seconds.append(_decide(measured, account))
        spellings = _look_for_spellings(measured, accounts[-1])
    short, long = accounts
    rows = tuple(
        (f"{a.words:,} words, {marks:,} marks", f"{a.median_ms:.1f}", f"{max(a.seconds) * 1e3:.1f}")
        for a, (_, marks) in zip(accounts, (SHORT, LONG), strict=True)
    )
    return (
        Table(f"One decision, {ROUNDS} times each", ("account", "ms, median", "ms, slowest"), rows),
        Table(
            f"Every spelling of a name, {long.words:,} words",
            ("step", "ms"),
            (("listed", f"{spellings:.0f}"),),
        ),
        at_most("decision on a long account", long.median_ms, 100, " ms"),
        at_most("long account against a short one", long.median_ms / short.median_ms, 4),
    )


def _taken(measured: Measured, words: int, marks: int) -> Account:
    names = [f"Nam{chr(97 + i)}el Okor{chr(97 + i)}" for i in range(PEOPLE)]
    row = {
        "text": _text(words, marks, names),
        "language": "eng",
        "interview_date": "1937",
        "consent": {"CP01": "granted", "CP02": "granted", "CP07": "granted"},
        "external_id": f"account-{words}",
        "protect": [{"text": name, "kind": "THIRD_PARTY_NAME"} for name in names],
    }
    (report,) = import_rows(measured.sessions[Role.INTERVIEWER], iter([json.dumps(row).encode()]), now())
    if report.code is None:
        raise RuntimeError("the account is one")
    reviewer = measured.sessions[Role.REVIEWER]
    receive_inbox(reviewer, now())
    take(reviewer, report.code, now())
    desk = open_desk(reviewer, report.code, now())
    if desk.undecided != marks:
        raise RuntimeError("every mention is a suggestion")
    waiting = [row.mark_id for row in desk.account.marks]
    Random(2).shuffle(waiting)
    return Account(words, report.code, desk.revision, waiting)


def _text(words: int, marks: int, names: list[str]) -> str:
    """One mention of a person in each stretch of words, in paragraphs."""
    random, spoken = Random(1), []
    for mark in range(marks):
        spoken += [random.choice(WORDS) for _ in range(words // marks - 2)]
        spoken += names[mark % len(names)].split()
    return "\n\n".join(" ".join(spoken[at : at + LINE]) + "." for at in range(0, len(spoken), LINE))


def _decide(measured: Measured, account: Account) -> float:
    mark_id, turn = account.waiting.pop(), Turn(account.code, account.revision)
    start = time.perf_counter()
    done = decide(measured.sessions[Role.REVIEWER], turn, mark_id, MarkDecision.ACCEPTED, now())
    before, after = both_sides(done.before, done.account)
    told = json.dumps(patches(done.account.version.text, before, after, Audience.PARTNER, PLAIN))
    seconds = time.perf_counter() - start
    if mark_id not in told:
        raise RuntimeError("the script is told of the mark")
    account.revision = done.revision
    return seconds


def _look_for_spellings(measured: Measured, account: Account) -> float:
    start = time.perf_counter()
    list_mentions(measured.sessions[Role.REVIEWER], account.code, account.waiting[0], now())
    return (time.perf_counter() - start) * 1e3

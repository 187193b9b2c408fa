"""The gate in Python and the gate in SQL are one gate (G5): shown on random archives, rule by rule and as a whole."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from testimony.domain.accounts import AccountId
from testimony.domain.consent import ConsentStatus, Decision
from testimony.domain.errors import Refused
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Audience, Purpose, audience_of
from testimony.domain.testimony import State
from testimony.policy.conditions import CONDITION_RULES
from testimony.policy.facts import (
    FACTS_QUERY,
    FROM_CLAUSE,
    Asked,
    Facts,
    Use,
    facts_from_row,
    facts_parameters,
)
from testimony.policy.gate import RULES, permit, predicate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
READER, OTHER, CUSTODIAN = AccountId("a-reader"), AccountId("a-other"), AccountId("a-custodian")
CASES = ("case-1", "case-2")
DAYS = ("2026-02-28", "2026-03-01", "2026-03-02")

SCHEMA = """
CREATE TABLE register (code TEXT PRIMARY KEY, case_id TEXT, state TEXT, tag_s INT, tag_c INT, tag_p INT, tag_r4 INT,
  minor INT, guardian_ok INT, quarantined INT, on_hold INT) STRICT;
CREATE TABLE consents (code TEXT, version INT, status TEXT, basis TEXT, review_due TEXT, current INT,
  PRIMARY KEY (code, version)) STRICT;
CREATE TABLE consent_decisions (code TEXT, version INT, purpose TEXT, decision TEXT, conditions TEXT, not_before TEXT,
  valid_until TEXT, PRIMARY KEY (code, version, purpose)) STRICT;
CREATE TABLE consent_readers (code TEXT, version INT, purpose TEXT, account_id TEXT,
  PRIMARY KEY (code, version, purpose, account_id)) STRICT;
CREATE TABLE reading_room.releases (id INTEGER PRIMARY KEY, code TEXT, audience TEXT, rank INT, number INT,
  hides_named_details INT, residual_checked INT, current INT) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Release:
    rank: int
    current: int
    residual_checked: int = 1
    hides_named_details: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    purpose: Purpose
    decision: str
    conditions: str | None
    not_before: str | None
    valid_until: str | None
    readers: tuple[AccountId, ...]


@dataclass(frozen=True, slots=True)
class Consented:
    version: int
    status: str
    basis: str | None
    review_due: str | None
    current: int
    decisions: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """One testimony as the tables hold it."""

    case_id: str
    state: str
    tags: tuple[int, int, int, int]
    minor: int
    guardian_ok: int
    quarantined: int
    on_hold: int
    consents: tuple[Consented, ...]
    releases: tuple[Release, ...]


flags = st.integers(0, 1)
odd_conditions = (
    None,
    ",",
    "",
    ",CC99,",
    "CC04",
    "CC04,",
    ",CC04",
    ",,",
    ",CC04,,",
    ",CCCC01,04,",
    ",cc04,",
    "+",
    ",+",
    ",CC01CC02,",
)
conditions = st.sampled_from(odd_conditions) | st.lists(
    st.sampled_from(sorted(CONDITION_RULES)), unique=True, min_size=1, max_size=2
).map(lambda codes: f",{','.join(codes)},")
PURPOSES = (Purpose.CP07, Purpose.CP09, Purpose.CP10, Purpose.CP14)


def rarely(draw: st.DrawFn) -> bool:
    """One in ten; not at either end of the range, which the generator draws more often than the rest."""
    return draw(st.integers(0, 9)) == 6


@st.composite
def passing_or_not(draw: st.DrawFn, passing: object, others: st.SearchStrategy[object]) -> object:
    """Mostly what passes: an archive in which nothing passes would prove little."""
    return draw(others) if rarely(draw) else passing


@st.composite
def decisions(draw: st.DrawFn, purpose: Purpose) -> Decided:
    has_conditions = draw(st.integers(0, 4)) in (2, 3)
    said = Decision.GRANTED_WITH_CONDITIONS if has_conditions else Decision.GRANTED
    return Decided(
        purpose=purpose,
        decision=str(
            draw(passing_or_not(said.value, st.sampled_from([d.value for d in Decision] + ["", "yes"])))
        ),
        conditions=draw(conditions) if has_conditions else ",",
        not_before=draw(st.sampled_from((None, *DAYS))) if has_conditions else None,
        valid_until=draw(passing_or_not(None, st.sampled_from(DAYS))),  # type: ignore[arg-type]  # texts or None
        readers=draw(st.sampled_from(((), (READER,), (OTHER,), (READER, OTHER)))),
    )


@st.composite
def consents(draw: st.DrawFn) -> Consented:
    decided = [draw(decisions(purpose)) for purpose in PURPOSES if not rarely(draw)]
    statuses = st.sampled_from([s.value for s in ConsentStatus])
    return Consented(
        version=1,
        status=str(draw(passing_or_not(draw(st.sampled_from(("active", "partly_withdrawn"))), statuses))),
        basis=draw(passing_or_not("LB01", st.sampled_from((None, "", "LB99")))),  # type: ignore[arg-type]  # as above
        review_due=draw(passing_or_not("2026-06-01", st.sampled_from((None, *DAYS)))),  # type: ignore[arg-type]
        current=0 if rarely(draw) else 1,
        decisions=tuple(decided),
    )


releases = st.lists(
    st.builds(
        Release,
        rank=st.integers(0, 2),
        current=st.sampled_from((1, 1, 1, 0)),
        residual_checked=st.sampled_from((1, 1, 1, 1, 1, 0)),
        hides_named_details=flags,
    ),
    max_size=4,
    unique_by=lambda release: (release.rank, release.current),
).map(tuple)


@st.composite
def held(draw: st.DrawFn) -> Held:
    tags = draw(passing_or_not((0, 0, 0, 0), st.tuples(flags, flags, flags, flags)))
    return Held(
        case_id=draw(st.sampled_from((CASES[0], CASES[0], CASES[1]))),
        state=str(draw(passing_or_not("released", st.sampled_from([s.value for s in State])))),
        tags=tags,  # type: ignore[arg-type]  # four flags either way
        minor=1 if rarely(draw) else 0,
        guardian_ok=draw(flags),
        quarantined=1 if rarely(draw) else 0,
        on_hold=draw(flags),
        consents=() if rarely(draw) else (draw(consents()),),
        releases=draw(st.sampled_from(((Release(0, 1),), (Release(0, 1), Release(1, 1)))) | releases),
    )


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    begins = NOW + draw(
        st.sampled_from((timedelta(days=-9), timedelta(days=-9), timedelta(0), timedelta(seconds=1)))
    )
    lasts = draw(st.sampled_from((timedelta(seconds=1), timedelta(days=30), timedelta(days=90))))
    return Grant(
        id="g-1",
        account_id=READER,
        case_id=draw(st.sampled_from(CASES)),
        purposes=frozenset(draw(st.sets(st.sampled_from(PURPOSES), min_size=1))),
        closed_parts=frozenset(draw(st.sets(st.sampled_from(tuple(ClosedPart))))),
        originals=False,
        valid_from=begins,
        valid_until=begins + lasts,
        granted_by=CUSTODIAN,
    )


WIDE_GRANT = Grant(
    id="g-0",
    account_id=READER,
    case_id=CASES[0],
    purposes=frozenset(PURPOSES),
    closed_parts=frozenset(),
    originals=False,
    valid_from=NOW - timedelta(days=9),
    valid_until=NOW + timedelta(days=30),
    granted_by=CUSTODIAN,
)


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    purpose = draw(st.sampled_from(PURPOSES))
    served = [audience for audience in Audience if audience.rank <= audience_of(purpose).rank]
    usual = () if draw(st.integers(0, 4)) == 3 else (WIDE_GRANT,)
    use = Use(READER, (*usual, *draw(st.lists(grants(), max_size=3))))
    return Asked(use, purpose, draw(st.sampled_from(served)), NOW)


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("ATTACH ':memory:' AS reading_room")
    database.executescript(SCHEMA)
    yield database
    database.close()


def fill(database: sqlite3.Connection, archive: list[Held]) -> tuple[str, ...]:
    for table in ("register", "consents", "consent_decisions", "consent_readers", "reading_room.releases"):
        database.execute(f"DELETE FROM {table}")  # noqa: S608  # the five names above
    codes = tuple(f"T-{number:04}" for number in range(len(archive)))
    for code, one in zip(codes, archive, strict=True):
        flags_of = (*one.tags, one.minor, one.guardian_ok, one.quarantined, one.on_hold)
        database.execute(
            "INSERT INTO register VALUES (?,?,?,?,?,?,?,?,?,?,?)", (code, one.case_id, one.state, *flags_of)
        )
        for consent in one.consents:
            key = (code, consent.version)
            row = (consent.status, consent.basis, consent.review_due, consent.current)
            database.execute("INSERT INTO consents VALUES (?,?,?,?,?,?)", (*key, *row))
            for d in consent.decisions:
                row_d = (d.purpose.value, d.decision, d.conditions, d.not_before, d.valid_until)
                database.execute("INSERT INTO consent_decisions VALUES (?,?,?,?,?,?,?)", (*key, *row_d))
                for reader in d.readers:
                    database.execute(
                        "INSERT INTO consent_readers VALUES (?,?,?,?)", (*key, d.purpose.value, reader)
                    )
        for release in one.releases:
            row_r = (release.rank, 1, release.hides_named_details, release.residual_checked, release.current)
            database.execute(
                "INSERT INTO reading_room.releases (code, audience, rank, number, hides_named_details, "
                "residual_checked, current) VALUES (?, 'x', ?,?,?,?,?)",
                (code, *row_r),
            )
    return codes


def read_facts(database: sqlite3.Connection, asked: Asked, code: str) -> tuple[Facts, int | None]:
    row = database.execute(FACTS_QUERY, facts_parameters(asked, code)).fetchall()
    assert len(row) == 1
    return facts_from_row(dict(row[0])), row[0]["release_id"]


def is_permitted(asked: Asked, facts: Facts) -> bool:
    try:
        permit(asked.use, asked.purpose, asked.audience, facts, asked.now)
    except Refused:
        return False
    return True


archives = st.lists(held(), min_size=1, max_size=3)
# Each example holds several testimonies; a counterexample is told as found, for shrinking costs a minute.
quickly = settings(
    max_examples=80,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@quickly
@given(archive=archives, asked=questions())
def test_the_list_shows_exactly_what_the_gate_permits(
    connection: sqlite3.Connection, archive: list[Held], asked: Asked
) -> None:
    codes = fill(connection, archive)
    condition = predicate(asked.use, asked.purpose, asked.audience, asked.now)

    listed = connection.execute(
        f"SELECT l.id, l.code FROM {FROM_CLAUSE} WHERE {condition.sql}",  # noqa: S608  # the gate's own text
        dict(condition.parameters),
    ).fetchall()

    facts = {code: read_facts(connection, asked, code) for code in codes}
    permitted = [(release, code) for code, (one, release) in facts.items() if is_permitted(asked, one)]
    event("something passes" if permitted else "nothing passes")
    assert sorted((row["id"], row["code"]) for row in listed) == sorted(permitted)


@quickly
@given(archive=archives, asked=questions())
def test_each_rule_says_the_same_in_python_and_in_sql(
    connection: sqlite3.Connection, archive: list[Held], asked: Asked
) -> None:
    codes = fill(connection, archive)
    parameters = dict(predicate(asked.use, asked.purpose, asked.audience, asked.now).parameters)
    parameters |= {f"gate_case_{n}": grant.case_id for n, grant in enumerate(asked.use.grants)}
    verdicts = ", ".join(f"({rule.sql(asked)}) IS TRUE" for rule in RULES)
    statement = FACTS_QUERY.replace("SELECT r.case_id,", f"SELECT {verdicts}, r.case_id,")

    for code in codes:
        facts, _ = read_facts(connection, asked, code)
        row = connection.execute(statement, parameters | {"gate_code": code}).fetchone()

        said = {rule.name: bool(row[number]) for number, rule in enumerate(RULES)}
        assert said == {rule.name: rule.holds(asked, facts) for rule in RULES}


def test_random_archives_hold_testimonies_that_pass(connection: sqlite3.Connection) -> None:
    """Guards the two tests above: agreement on refusals alone would prove nothing."""
    passed: list[bool] = []

    @settings(quickly, derandomize=True)
    @given(archive=archives, asked=questions())
    def look(archive: list[Held], asked: Asked) -> None:
        codes = fill(connection, archive)
        passed.extend(is_permitted(asked, read_facts(connection, asked, code)[0]) for code in codes)

    look()
    assert any(passed)

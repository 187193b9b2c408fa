"""The gate in Python and the gate in SQL are one gate (G5): shown on random archives, rule by rule and as a whole.

So are the gate before originals and its SQL, which are made of the same rules.

The archives are drawn from a seeded generator, some thousand testimonies in all: most values pass the gate, so that
each rule is met alone, and damaged values are among them.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

import pytest

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
from testimony.policy.originals import (
    LYING_OPEN,
    ORIGINAL_FACTS_QUERY,
    ORIGINAL_JOINS,
    ORIGINAL_RULES,
    asked_for_original,
    original_predicate,
    permit_original,
)

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
READER, OTHER, CUSTODIAN = AccountId("a-reader"), AccountId("a-other"), AccountId("a-custodian")
CASES = ("case-1", "case-2")
DAYS = ("2026-02-28", "2026-03-01", "2026-03-02")
PURPOSES = (Purpose.CP07, Purpose.CP09, Purpose.CP10, Purpose.CP14)
DAMAGED_CONDITIONS = (
    None, "", "CC04", "CC04,", ",CC04", ",,", ",CC04,,", ",CC99,", ",cc04,", "+", ",+", ",+,", ",CCCC01,04,",
    ",CC01CC02,",
)  # fmt: skip
SEEDS = range(12)
TESTIMONIES, QUESTIONS = 120, 6
CODES = tuple(f"T-{number:04}" for number in range(TESTIMONIES))

SCHEMA = """
CREATE TABLE register (code TEXT PRIMARY KEY, case_id TEXT, state TEXT, tag_s INT, tag_c INT, tag_p INT, tag_r4 INT,
  minor INT, guardian_ok INT, quarantined INT, on_hold INT) STRICT;
CREATE TABLE consents (code TEXT, version INT, status TEXT, basis TEXT, review_due TEXT, current INT,
  reconfirm_on TEXT, PRIMARY KEY (code, version)) STRICT;
CREATE TABLE consent_events (event_id INTEGER PRIMARY KEY, code TEXT, kind TEXT, purpose TEXT, version INT,
  occurred_on TEXT, confirmed_by TEXT) STRICT;
CREATE TABLE consent_decisions (code TEXT, version INT, purpose TEXT, decision TEXT, conditions TEXT, not_before TEXT,
  valid_until TEXT, PRIMARY KEY (code, version, purpose)) STRICT;
CREATE TABLE consent_readers (code TEXT, version INT, purpose TEXT, account_id TEXT,
  PRIMARY KEY (code, version, purpose, account_id)) STRICT;
CREATE TABLE reading_room.releases (id INTEGER PRIMARY KEY, code TEXT, audience TEXT, rank INT, number INT,
  hides_named_details INT, residual_checked INT, current INT) STRICT;
CREATE TABLE case_notes (note_id INTEGER PRIMARY KEY, code TEXT, kind TEXT, done_on TEXT) STRICT;
CREATE TABLE vault.original_documents (id INTEGER PRIMARY KEY, code TEXT, version_no INT) STRICT;
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
class Happened:
    """An event that a condition may wait for; unconfirmed it opens nothing."""

    kind: str
    purpose: str
    version: int
    occurred_on: str
    confirmed_by: str | None


@dataclass(frozen=True, slots=True)
class Consented:
    version: int
    status: str
    basis: str | None
    review_due: str | None
    current: int
    decisions: tuple[Decided, ...]
    reconfirm_on: str | None = None


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
    versions: int = 1
    events: tuple[Happened, ...] = ()
    notes: tuple[str, ...] = ()


WIDE_GRANT = Grant(
    id="g-0",
    account_id=READER,
    case_id=CASES[0],
    purposes=frozenset(PURPOSES),
    closed_parts=frozenset(),
    originals=False,
    valid_from=NOW,
    valid_until=NOW + timedelta(days=1),
    granted_by=CUSTODIAN,
)

WIDE_GRANT_TO_ORIGINALS = replace(WIDE_GRANT, id="g-2", originals=True)


class Draw:
    """Random values, most of them such as pass the gate."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one_of(self, *values: T) -> T:
        return self._random.choice(values)

    def mostly(self, passing: T, *others: T) -> T:
        return self._random.choice(others) if self._random.random() < 0.08 else passing

    def some_of(self, values: tuple[T, ...], *, at_least: int = 0) -> tuple[T, ...]:
        return tuple(self._random.sample(values, self._random.randint(at_least, len(values))))

    def conditions(self) -> str | None:
        if self._random.random() < 0.2:
            return self.one_of(*DAMAGED_CONDITIONS)
        codes = self._random.sample(sorted(CONDITION_RULES), self.one_of(1, 1, 2))
        return f",{','.join(codes)},"

    def decided(self, purpose: Purpose) -> Decided:
        has_conditions = self._random.random() < 0.5
        said = Decision.GRANTED_WITH_CONDITIONS if has_conditions else Decision.GRANTED
        return Decided(
            purpose=purpose,
            decision=self.mostly(said.value, *(decision.value for decision in Decision), "", "yes"),
            conditions=self.mostly(self.conditions(), ",") if has_conditions else self.mostly(",", ",CC10,"),
            not_before=self.one_of(None, *DAYS) if has_conditions else self.mostly(None, *DAYS),
            valid_until=self.mostly(None, *DAYS),
            readers=self.some_of((READER, OTHER)),
        )

    def consented(self, version: int, current: int) -> Consented:
        return Consented(
            version=version,
            status=self.mostly(
                self.one_of("active", "partly_withdrawn"), *(one.value for one in ConsentStatus)
            ),
            basis=self.mostly("LB01", None, "", "LB99"),
            review_due=self.mostly("2026-06-01", None, *DAYS),
            current=current,
            decisions=tuple(self.decided(purpose) for purpose in PURPOSES if self.mostly(True, False)),
            reconfirm_on=self.mostly(None, *DAYS),
        )

    def happened(self) -> Happened:
        kind = self.one_of("death", "condition")
        return Happened(
            kind=kind,
            purpose="" if kind == "death" else self.one_of(*PURPOSES),
            version=self.mostly(1, 2),
            occurred_on=self.one_of(*DAYS),
            confirmed_by=self.mostly(CUSTODIAN, None),
        )

    def releases(self) -> tuple[Release, ...]:
        ranks = self.mostly(self.one_of((0,), (0, 1), (0, 1, 2)), (), (1,), (2,))
        return tuple(
            Release(rank, current, self.mostly(1, 0), self.one_of(0, 1))
            for rank in ranks
            for current in self.mostly((1,), (0,), (0, 1))
        )

    def held(self) -> Held:
        versions = self.mostly(((1, 1),), (), ((1, 0),), ((1, 0), (2, 1)), ((1, 1), (2, 0)))
        return Held(
            case_id=self.one_of(CASES[0], *CASES),
            state=self.mostly("released", *(state.value for state in State)),
            tags=(self.mostly(0, 1), self.mostly(0, 1), self.mostly(0, 1), self.mostly(0, 1)),
            minor=self.mostly(0, 1, 1),
            guardian_ok=self.one_of(0, 1),
            quarantined=self.mostly(0, 1),
            on_hold=self.one_of(0, 1),
            consents=tuple(self.consented(version, current) for version, current in versions),
            releases=self.releases(),
            versions=self.mostly(1, 0, 2),
            events=tuple(self.happened() for _ in range(self.one_of(0, 1, 3))),
            notes=self.mostly((), ("silence",), ("gap",), ("kin", "silence"), ("silence ended",)),
        )

    def held_open(self) -> Held:
        """One that lies in the vault in any state, most of them open to review."""
        return replace(self.held(), state=self.mostly(self.one_of(*LYING_OPEN), *State))

    def grant(self) -> Grant:
        begins = NOW + self.mostly(
            timedelta(days=-9), timedelta(0), timedelta(seconds=1), timedelta(days=-89)
        )
        return Grant(
            id="g-1",
            account_id=READER,
            case_id=self.one_of(*CASES),
            purposes=frozenset(self.some_of(PURPOSES, at_least=1)),
            closed_parts=frozenset(self.some_of(tuple(ClosedPart))),
            originals=self.one_of(True, False),
            valid_from=begins,
            valid_until=begins
            + self.one_of(timedelta(days=9), timedelta(days=9, seconds=1), timedelta(days=90)),
            granted_by=CUSTODIAN,
        )

    def asked(self) -> Asked:
        purpose = self.one_of(*PURPOSES)
        served = [audience for audience in Audience if audience.rank <= audience_of(purpose).rank]
        usual = self.one_of((WIDE_GRANT,), (WIDE_GRANT_TO_ORIGINALS,), (WIDE_GRANT_TO_ORIGINALS,), ())
        grants = (*usual, *(self.grant() for _ in range(self.one_of(0, 1, 2))))
        walled = self.mostly(frozenset(), frozenset(CASES), frozenset({CASES[1]}), frozenset({CASES[0]}))
        apart = self.mostly(frozenset(), *(frozenset(self.some_of(CODES)) for _ in range(3)))
        use = Use(READER, grants, walled, apart)
        return Asked(use, purpose, self.one_of(*served), NOW)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("ATTACH ':memory:' AS reading_room")
    database.execute("ATTACH ':memory:' AS vault")
    database.executescript(SCHEMA)
    yield database
    database.close()


def fill(database: sqlite3.Connection, archive: list[Held]) -> tuple[str, ...]:
    codes = tuple(f"T-{number:04}" for number in range(len(archive)))
    for code, one in zip(codes, archive, strict=True):
        flags = (*one.tags, one.minor, one.guardian_ok, one.quarantined, one.on_hold)
        database.execute(
            "INSERT INTO register VALUES (?,?,?,?,?,?,?,?,?,?,?)", (code, one.case_id, one.state, *flags)
        )
        for consent in one.consents:
            fill_consent(database, code, consent)
        for release in one.releases:
            values = (release.rank, release.hides_named_details, release.residual_checked, release.current)
            database.execute(
                "INSERT INTO reading_room.releases (code, audience, number, rank, hides_named_details, "
                "residual_checked, current) VALUES (?, 'x', 1, ?,?,?,?)",
                (code, *values),
            )
        events = [(code, e.kind, e.purpose, e.version, e.occurred_on, e.confirmed_by) for e in one.events]
        database.executemany(
            "INSERT INTO consent_events (code, kind, purpose, version, occurred_on, confirmed_by) "
            "VALUES (?,?,?,?,?,?)",
            events,
        )
        notes = [(code, kind.split()[0], "2026-02-01" if " " in kind else None) for kind in one.notes]
        database.executemany("INSERT INTO case_notes (code, kind, done_on) VALUES (?,?,?)", notes)
        versions = [(code, number) for number in range(one.versions)]
        database.executemany("INSERT INTO vault.original_documents (code, version_no) VALUES (?,?)", versions)
    return codes


def fill_consent(database: sqlite3.Connection, code: str, consent: Consented) -> None:
    key = (code, consent.version)
    values = (consent.status, consent.basis, consent.review_due, consent.current, consent.reconfirm_on)
    database.execute("INSERT INTO consents VALUES (?,?,?,?,?,?,?)", (*key, *values))
    for one in consent.decisions:
        said = (one.purpose.value, one.decision, one.conditions, one.not_before, one.valid_until)
        database.execute("INSERT INTO consent_decisions VALUES (?,?,?,?,?,?,?)", (*key, *said))
        readers = [(*key, one.purpose.value, reader) for reader in one.readers]
        database.executemany("INSERT INTO consent_readers VALUES (?,?,?,?)", readers)


def read_facts(database: sqlite3.Connection, asked: Asked, code: str) -> tuple[Facts, int | None]:
    rows = database.execute(FACTS_QUERY, facts_parameters(asked, code)).fetchall()
    assert len(rows) == 1
    return facts_from_row(dict(rows[0])), rows[0]["release_id"]


def is_permitted(asked: Asked, facts: Facts) -> bool:
    try:
        permit(asked.use, asked.purpose, asked.audience, facts, asked.now)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("seed", SEEDS)
def test_the_list_shows_exactly_what_the_gate_permits(connection: sqlite3.Connection, seed: int) -> None:
    draw = Draw(seed)
    codes = fill(connection, [draw.held() for _ in range(TESTIMONIES)])
    shown = 0

    for asked in (draw.asked() for _ in range(QUESTIONS)):
        condition = predicate(asked.use, asked.purpose, asked.audience, asked.now)
        listed = connection.execute(
            f"SELECT l.id, l.code FROM {FROM_CLAUSE} WHERE {condition.sql}",  # the gate's own text
            dict(condition.parameters),
        ).fetchall()

        facts = {code: read_facts(connection, asked, code) for code in codes}
        permitted = [(release, code) for code, (one, release) in facts.items() if is_permitted(asked, one)]
        assert sorted((row["id"], row["code"]) for row in listed) == sorted(permitted)
        shown += len(permitted)

    # Agreement on refusals alone would prove nothing.
    assert shown > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_each_rule_says_the_same_in_python_and_in_sql(connection: sqlite3.Connection, seed: int) -> None:
    draw = Draw(seed)
    codes = fill(connection, [draw.held() for _ in range(TESTIMONIES)])

    for asked in (draw.asked() for _ in range(QUESTIONS)):
        parameters = dict(predicate(asked.use, asked.purpose, asked.audience, asked.now).parameters)
        parameters |= {f"gate_case_{number}": grant.case_id for number, grant in enumerate(asked.use.grants)}
        verdicts = ", ".join(f"({rule.sql(asked)}) IS TRUE" for rule in RULES)
        statement = FACTS_QUERY.replace("SELECT ", f"SELECT {verdicts}, ", 1)
        for code in codes:
            facts, _ = read_facts(connection, asked, code)
            row = connection.execute(statement, parameters | {"gate_code": code}).fetchone()

            said = {rule.name: bool(row[number]) for number, rule in enumerate(RULES)}
            assert said == {rule.name: rule.holds(asked, facts) for rule in RULES}


def read_original_facts(database: sqlite3.Connection, asked: Asked, code: str) -> Facts:
    (row,) = database.execute(ORIGINAL_FACTS_QUERY, facts_parameters(asked, code)).fetchall()
    return facts_from_row(dict(row))


def original_is_permitted(asked: Asked, facts: Facts) -> bool:
    try:
        permit_original(asked.use, asked.purpose, facts, asked.now)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("seed", SEEDS)
def test_originals_are_listed_exactly_when_the_gate_before_them_permits(
    connection: sqlite3.Connection, seed: int
) -> None:
    draw = Draw(seed)
    archive = [draw.held_open() for _ in range(TESTIMONIES)]
    codes = fill(connection, archive)
    listed_in_all = 0

    for asked in (draw.asked() for _ in range(4 * QUESTIONS)):
        condition = original_predicate(asked.use, asked.purpose, asked.now)
        rows = connection.execute(
            f"SELECT o.code FROM vault.original_documents o {ORIGINAL_JOINS} WHERE {condition.sql}",
            dict(condition.parameters),
        ).fetchall()

        permitted = [
            code
            for code, one in zip(codes, archive, strict=True)
            for _ in range(one.versions)
            if original_is_permitted(asked, read_original_facts(connection, asked, code))
        ]
        assert sorted(row["code"] for row in rows) == sorted(permitted)
        listed_in_all += len(permitted)
        # Without a grant that names originals there is none, whatever opens the released text.
        assert permitted == [] or any(grant.originals for grant in asked.use.grants)

    assert listed_in_all > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_each_rule_before_originals_says_the_same_in_python_and_in_sql(
    connection: sqlite3.Connection, seed: int
) -> None:
    draw = Draw(seed)
    codes = fill(connection, [draw.held_open() for _ in range(TESTIMONIES)])

    for asked in (draw.asked() for _ in range(QUESTIONS)):
        narrowed = asked_for_original(asked.use, asked.purpose, asked.now)
        parameters = dict(original_predicate(asked.use, asked.purpose, asked.now).parameters)
        parameters |= {
            f"gate_case_{number}": grant.case_id for number, grant in enumerate(narrowed.use.grants)
        }
        verdicts = ", ".join(f"({rule.sql(narrowed)}) IS TRUE" for rule in ORIGINAL_RULES)
        statement = ORIGINAL_FACTS_QUERY.replace("SELECT ", f"SELECT {verdicts}, ", 1)
        for code in codes:
            facts = read_original_facts(connection, asked, code)
            row = connection.execute(statement, parameters | {"gate_code": code}).fetchone()

            said = {rule.name: bool(row[number]) for number, rule in enumerate(ORIGINAL_RULES)}
            assert said == {rule.name: rule.holds(narrowed, facts) for rule in ORIGINAL_RULES}


def test_a_grant_to_released_text_beyond_a_wall_closes_originals_as_well() -> None:
    use = Use(READER, (WIDE_GRANT_TO_ORIGINALS,), frozenset({CASES[0]}))

    assert asked_for_original(use, Purpose.CP07, NOW).use.walled == use.walled
    assert ":gate_wall_0" in original_predicate(use, Purpose.CP07, NOW).sql
    assert original_predicate(use, Purpose.CP07, NOW).parameters["gate_wall_0"] == CASES[0]


def test_of_the_rules_before_released_text_originals_lack_those_on_a_release_alone() -> None:
    names = [rule.name for rule in ORIGINAL_RULES]

    before = [rule.name for rule in RULES if rule.name not in ("release", "residual")]
    assert names == [*before, "silence"]
    assert not any("l." in rule.sql(ask(Purpose.CP07, Audience.PARTNER)) for rule in ORIGINAL_RULES)


NAMED_READERS = Decided(Purpose.CP09, "granted_with_conditions", ",CC11,", None, None, (READER,))
GRANTED = Decided(Purpose.CP07, "granted_with_conditions", ",CC11,", None, None, (OTHER,))
OPEN = Held(
    case_id=CASES[0],
    state="released",
    tags=(0, 0, 0, 0),
    minor=0,
    guardian_ok=0,
    quarantined=0,
    on_hold=1,
    consents=(Consented(1, "active", "LB01", "2026-06-01", 1, (NAMED_READERS, GRANTED)),),
    releases=(Release(0, 1), Release(1, 1), Release(2, 1), Release(1, 0)),
)


def ask(purpose: Purpose, audience: Audience) -> Asked:
    return Asked(Use(READER, (WIDE_GRANT,)), purpose, audience, NOW)


@pytest.mark.parametrize(("audience", "rank"), [(Audience.PUBLIC, 0), (Audience.PARTNER, 1)])
def test_a_reader_gets_the_fullest_release_made_for_the_audience(
    connection: sqlite3.Connection, audience: Audience, rank: int
) -> None:
    asked = ask(Purpose.CP09, audience)
    (code,) = fill(connection, [OPEN])
    condition = predicate(asked.use, asked.purpose, asked.audience, asked.now)

    facts, _ = read_facts(connection, asked, code)
    listed = connection.execute(
        f"SELECT l.rank, l.current FROM {FROM_CLAUSE} WHERE {condition.sql}",  # the gate's own text
        dict(condition.parameters),
    ).fetchall()

    assert facts.release_rank == rank
    assert [tuple(row) for row in listed] == [(rank, 1)]


def test_a_replaced_release_does_not_stand_before_a_current_one(connection: sqlite3.Connection) -> None:
    (code,) = fill(connection, [replace(OPEN, releases=(Release(0, 1), Release(1, 0)))])

    facts, _ = read_facts(connection, ask(Purpose.CP09, Audience.PARTNER), code)

    assert facts.release_rank == 0


def test_a_named_reader_is_named_for_one_purpose_and_nobody_else_is(connection: sqlite3.Connection) -> None:
    (code,) = fill(connection, [OPEN])

    for_partners, _ = read_facts(connection, ask(Purpose.CP09, Audience.PARTNER), code)
    for_study, _ = read_facts(connection, ask(Purpose.CP07, Audience.PARTNER), code)

    assert for_partners.is_named_reader
    assert not for_study.is_named_reader

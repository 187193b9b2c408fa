"""What the gate looks at: who asks, and the flat facts of one testimony for one purpose and audience.

`FACTS_QUERY` reads the facts of one testimony; `facts_from_row` makes them of the row. A missing row or
column value is None, and None never opens anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.accounts import AccountId
from testimony.domain.dates import parse_day
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import READING_PURPOSES, Audience, Purpose, audience_of


@dataclass(frozen=True, slots=True)
class Use:
    """Who wants to read.

    `grants` are those whose signatures were verified for this use; none opens nothing. `walled`: cases among those
    of the grants that stand behind a wall from another of them, whatever that other grant is for. `apart`: testimonies
    that walls between single testimonies close to this reader (`policy/walls.py`).
    """

    account_id: AccountId
    grants: tuple[Grant, ...]
    walled: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the gate.

    now: aware, UTC. Raises ValueError for a purpose that is not for reading, an audience narrower than the
    purpose allows, a naive time, or the grant of another account: those are mistakes of our own code.
    """

    use: Use
    purpose: Purpose
    audience: Audience
    now: datetime

    def __post_init__(self) -> None:
        if self.purpose not in READING_PURPOSES:
            raise ValueError("this purpose is not for reading")
        if self.audience.rank > audience_of(self.purpose).rank:
            raise ValueError("this purpose is not served at so narrow an audience")
        if self.now.utcoffset() != timedelta(0):
            raise ValueError("times are aware, UTC")
        if any(grant.account_id != self.use.account_id for grant in self.use.grants):
            raise ValueError("a grant opens for its own account alone")

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def valid_grants(self) -> tuple[Grant, ...]:
        """The grants of the reader that hold now, whatever their case and purpose."""
        return tuple(grant for grant in self.use.grants if grant.is_valid_at(self.now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One testimony for one purpose and audience.

    status, basis, review_due: of the current consent. decision, conditions, not_before, valid_until: of its
    decision on the purpose; conditions as codes, a malformed list as one unknown code. is_named_reader: the
    reader is among those whom CC11 names. is_newest: no later version of the consent is stored. reconfirm_on: the day
    a child comes of age. event_on: the day of the event that CC07 waits for; died_on: of the witness's death; both
    only when two custodians recorded it. asks_silence: the witness asked that something in it be told to nobody; read
    for originals alone. release_rank and the two after it: of the best current release for
    the audience.
    """

    code: str
    case_id: str
    state: str
    closed_parts: frozenset[ClosedPart]
    minor: bool
    guardian_ok: bool
    quarantined: bool
    status: str | None
    basis: str | None
    review_due: date | None
    decision: str | None
    conditions: frozenset[str]
    not_before: date | None
    valid_until: date | None
    is_named_reader: bool
    is_newest: bool
    reconfirm_on: date | None = None
    event_on: date | None = None
    died_on: date | None = None
    release_rank: int | None
    hides_named_details: bool
    residual_checked: bool
    asks_silence: bool = False


BEST_RELEASE_SQL = (
    "l.current = 1 AND l.rank <= :gate_rank AND NOT EXISTS (SELECT 1 FROM reading_room.releases b "
    "WHERE b.code = l.code AND b.current = 1 AND b.rank <= :gate_rank AND b.rank > l.rank)"
)
NAMED_READER_SQL = (
    "EXISTS (SELECT 1 FROM consent_readers n WHERE n.code = c.code AND n.version = c.version "
    "AND n.purpose = d.purpose AND n.account_id = :gate_account)"
)
NEWEST_SQL = "NOT EXISTS (SELECT 1 FROM consents w WHERE w.code = c.code AND w.version > c.version)"
EVENT_SQL = (
    "(SELECT min(e.occurred_on) FROM consent_events e WHERE e.code = c.code AND e.kind = 'condition' "
    "AND e.purpose = d.purpose AND e.version = c.version AND e.confirmed_by IS NOT NULL)"
)
DEATH_SQL = (
    "(SELECT min(e.occurred_on) FROM consent_events e WHERE e.code = r.code AND e.kind = 'death' "
    "AND e.confirmed_by IS NOT NULL)"
)

OVER_TIME_SQL = f"{NEWEST_SQL} AS is_newest, c.reconfirm_on, {EVENT_SQL} AS event_on, {DEATH_SQL} AS died_on"
"""What time did to a consent, for the statements that read facts."""

CONSENT_JOINS = (
    "LEFT JOIN consents c ON c.code = r.code AND c.current = 1 "
    "LEFT JOIN consent_decisions d ON d.code = c.code AND d.version = c.version AND d.purpose = :gate_purpose"
)
JOINS = f"JOIN register r ON r.code = l.code {CONSENT_JOINS}"
"""From the release `l` to the register `r`, the current consent `c` and its decision `d` on the purpose."""

FROM_CLAUSE = f"reading_room.releases l {JOINS}"
"""Where a predicate applies.

One row a release. The predicate lets at most one release of a testimony pass.
"""

FACTS_QUERY = (
    "SELECT r.code, r.case_id, r.state, r.tag_s, r.tag_c, r.tag_p, r.tag_r4, r.minor, "  # noqa: S608  # constants only
    "r.guardian_ok, r.quarantined, "
    "c.status, c.basis, c.review_due, d.decision, d.conditions, d.not_before, d.valid_until, "
    f"{NAMED_READER_SQL} AS is_named_reader, {OVER_TIME_SQL}, l.id AS release_id, l.rank AS release_rank, "
    "l.hides_named_details, l.residual_checked "
    f"FROM register r {CONSENT_JOINS} "
    f"LEFT JOIN reading_room.releases l ON l.code = r.code AND {BEST_RELEASE_SQL} "
    "WHERE r.code = :gate_code"
)
"""The facts of one testimony.

Parameters: `facts_parameters`. `release_id` names the release that may then be shown.
"""


def facts_parameters(asked: Asked, code: str) -> dict[str, object]:
    return {
        "gate_code": code,
        "gate_purpose": asked.purpose.value,
        "gate_rank": asked.audience.rank,
        "gate_account": asked.use.account_id,
    }


def facts_from_row(row: Mapping[str, object]) -> Facts:
    """Raises BadDate for a date that is not a day: such a row is damaged, and is not shown."""
    tags = {
        ClosedPart.SEXUAL_VIOLENCE: row["tag_s"],
        ClosedPart.CHILDREN: row["tag_c"],
        ClosedPart.INSIDERS: row["tag_p"],
        ClosedPart.EXTREME_RISK: row["tag_r4"],
    }
    rank = row["release_rank"]
    return Facts(
        code=str(row["code"]),
        case_id=str(row["case_id"]),
        state=str(row["state"]),
        closed_parts=frozenset(part for part, tag in tags.items() if tag != 0),
        minor=row["minor"] != 0,
        guardian_ok=row["guardian_ok"] == 1,
        quarantined=row["quarantined"] != 0,
        status=_text(row["status"]),
        basis=_text(row["basis"]),
        review_due=_day(row["review_due"]),
        decision=_text(row["decision"]),
        conditions=_codes(row["conditions"]) if row["decision"] is not None else frozenset(),
        not_before=_day(row["not_before"]),
        valid_until=_day(row["valid_until"]),
        is_named_reader=row["is_named_reader"] == 1,
        is_newest=row["is_newest"] == 1,
        reconfirm_on=_day(row["reconfirm_on"]),
        event_on=_day(row["event_on"]),
        died_on=_day(row["died_on"]),
        release_rank=rank if isinstance(rank, int) else None,
        hides_named_details=row["hides_named_details"] == 1,
        residual_checked=row["residual_checked"] == 1,
        asks_silence=row.get("asks_silence", 0) != 0,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _day(value: object) -> date | None:
    return None if value is None else parse_day(str(value))


_MALFORMED = "malformed"


def _codes(value: object) -> frozenset[str]:
    """Read `,CC04,CC10,`; `,` is none. Anything else becomes one unknown code, which no rule lets pass."""
    text = str(value)
    if text == ",":
        return frozenset()
    if len(text) < 2 or text[0] != "," or text[-1] != ",":
        return frozenset({_MALFORMED})
    return frozenset(text[1:-1].split(","))

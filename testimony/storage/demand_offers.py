"""What was offered to those who asked to hear a witness again: the account that there is, in place of a new one."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.storage.demands import DEMANDS
from testimony.storage.holds import HOLD_CODES, HOLDS
from testimony.storage.schema import LEDGER

OFFERS = sa.Table(
    "demand_offers",
    LEDGER,
    sa.Column("demand_id", sa.Text, sa.ForeignKey("demands.demand_id"), primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("consent_version", sa.Integer, nullable=False),
    sa.Column("offered_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("offered_at", sa.Text, nullable=False),
    sa.CheckConstraint("purpose IN ('CP21', 'CP25')"),
    sqlite_strict=True,
)
sa.Index("demand_offers_code", OFFERS.c.code)


@dataclass(frozen=True, slots=True)
class OfferRow:
    """purpose, consent_version: the witness's yes that it rested on."""

    demand_id: str
    code: str
    purpose: str
    consent_version: int
    offered_by: str
    offered_at: str


def insert_offer(connection: sa.Connection, row: OfferRow) -> None:
    connection.execute(OFFERS.insert(), {one.name: getattr(row, one.name) for one in fields(row)})


def offers_of(connection: sa.Connection, demand_id: str) -> tuple[OfferRow, ...]:
    query = OFFERS.select().where(OFFERS.c.demand_id == demand_id).order_by(OFFERS.c.offered_at)
    return tuple(OfferRow(**row._mapping) for row in connection.execute(query))


def codes_of_demand(connection: sa.Connection, demand_id: str) -> tuple[str, ...]:
    """The testimonies that a demand names one by one."""
    query = (
        sa.select(HOLD_CODES.c.code)
        .join(HOLDS, HOLDS.c.hold_id == HOLD_CODES.c.hold_id)
        .where(HOLDS.c.demand_id == demand_id)
    )
    return tuple(connection.execute(query.distinct().order_by(HOLD_CODES.c.code)).scalars())


def demands_naming(connection: sa.Connection, codes: frozenset[str]) -> frozenset[str]:
    """Ids of the demands that name any of these testimonies. A demand for a whole case names none of its witnesses."""
    query = (
        sa.select(HOLDS.c.demand_id)
        .join(HOLD_CODES, HOLD_CODES.c.hold_id == HOLDS.c.hold_id)
        .join(DEMANDS, DEMANDS.c.demand_id == HOLDS.c.demand_id)
        .where(HOLD_CODES.c.code.in_(codes))
    )
    return frozenset(connection.execute(query.distinct()).scalars())


def forget_testimony(connection: sa.Connection, code: str) -> None:
    connection.execute(OFFERS.delete().where(OFFERS.c.code == code))

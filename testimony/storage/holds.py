"""Legal holds: signed when placed, signed by two others when lifted. A row is never deleted.

What a hold covers by name lies beside it in `hold_codes`, and in the signed statement only as keyed digests, so that a
testimony that is erased after the hold was lifted leaves nothing of itself here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.storage.keyring import Signed
from testimony.storage.log import ENTRIES
from testimony.storage.register import REGISTER
from testimony.storage.schema import LEDGER

PLACED = "hold-placed"
LIFTED = "hold-lifted"

HOLDS = sa.Table(
    "holds",
    LEDGER,
    sa.Column("hold_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("demand_id", sa.Text, sa.ForeignKey("demands.demand_id")),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("words", sa.LargeBinary, nullable=False),
    sa.Column("placed_at", sa.Text, nullable=False),
    sa.Column("review_on", sa.Text, nullable=False),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("lift_asked_by", sa.Text),
    sa.Column("lift_request", sa.LargeBinary),
    sa.Column("lift_request_signature", sa.LargeBinary),
    sa.Column("lifted_at", sa.Text),
    sa.Column("lifted_by", sa.Text),
    sa.Column("lift", sa.LargeBinary),
    sa.Column("lift_signature", sa.LargeBinary),
    sa.CheckConstraint("scope IN ('testimony', 'case', 'witness')"),
    sa.CheckConstraint("lift_asked_by <> lifted_by"),
    sa.CheckConstraint("(lifted_at IS NULL) = (lift IS NULL)"),
    sqlite_strict=True,
)
sa.Index("holds_case", HOLDS.c.case_id)

HOLD_CODES = sa.Table(
    "hold_codes",
    LEDGER,
    sa.Column("hold_id", sa.Text, sa.ForeignKey("holds.hold_id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sqlite_strict=True,
)
sa.Index("hold_codes_code", HOLD_CODES.c.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    hold_id: str
    case_id: str
    demand_id: str | None
    scope: str
    cause: str
    words: bytes
    placed_at: str
    review_on: str
    signer: str
    statement: bytes
    signature: bytes
    lift_asked_by: str | None = None
    lift_request: bytes | None = None
    lift_request_signature: bytes | None = None
    lifted_at: str | None = None
    lifted_by: str | None = None
    lift: bytes | None = None
    lift_signature: bytes | None = None

    @property
    def placed(self) -> Signed:
        return Signed(self.statement, self.signer, self.signature)

    @property
    def lift_asked(self) -> Signed | None:
        if self.lift_request is None or self.lift_asked_by is None or self.lift_request_signature is None:
            return None
        return Signed(self.lift_request, self.lift_asked_by, self.lift_request_signature)

    @property
    def lift_signed(self) -> Signed | None:
        if self.lift is None or self.lifted_by is None or self.lift_signature is None:
            return None
        return Signed(self.lift, self.lifted_by, self.lift_signature)


def insert_hold(connection: sa.Connection, row: HoldRow, codes: Iterable[str]) -> None:
    connection.execute(HOLDS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})
    if named := [{"hold_id": row.hold_id, "code": code} for code in sorted(set(codes))]:
        connection.execute(HOLD_CODES.insert(), named)


def find_hold(connection: sa.Connection, hold_id: str) -> HoldRow | None:
    row = connection.execute(HOLDS.select().where(HOLDS.c.hold_id == hold_id)).first()
    return None if row is None else HoldRow(**row._mapping)


def all_holds(connection: sa.Connection, case_id: str | None = None) -> tuple[HoldRow, ...]:
    """Newest first."""
    query = HOLDS.select().order_by(HOLDS.c.placed_at.desc(), HOLDS.c.hold_id)
    if case_id is not None:
        query = query.where(HOLDS.c.case_id == case_id)
    return tuple(HoldRow(**row._mapping) for row in connection.execute(query))


def holds_of_demand(connection: sa.Connection, demand_id: str) -> tuple[HoldRow, ...]:
    query = HOLDS.select().where(HOLDS.c.demand_id == demand_id).order_by(HOLDS.c.hold_id)
    return tuple(HoldRow(**row._mapping) for row in connection.execute(query))


def update_hold(connection: sa.Connection, hold_id: str, **values: object) -> None:
    connection.execute(HOLDS.update().where(HOLDS.c.hold_id == hold_id).values(values))


def codes_of(connection: sa.Connection, hold_id: str) -> tuple[str, ...]:
    query = sa.select(HOLD_CODES.c.code).where(HOLD_CODES.c.hold_id == hold_id).order_by(HOLD_CODES.c.code)
    return tuple(connection.execute(query).scalars())


def count_placed(connection: sa.Connection, action: str) -> int:
    """How many holds the log says were placed.

    The leaves are asked, not the subjects beside them: those may be removed, a leaf may not.
    """
    query = (
        sa.select(sa.func.count())
        .select_from(ENTRIES)
        .where(
            ENTRIES.c.action == action,
            ENTRIES.c.outcome == "allowed",
            sa.func.instr(ENTRIES.c.leaf, f'"{PLACED}"'.encode()) > 0,
        )
    )
    return connection.execute(query).scalar_one()


def mark_held(connection: sa.Connection, case_id: str, whole_case: bool, codes: frozenset[str]) -> None:
    """Let the register of a case say what is held: all of it, or these codes and no others."""
    held = sa.literal(1) if whole_case else sa.case((REGISTER.c.code.in_(codes), 1), else_=0)
    statement = REGISTER.update().where(REGISTER.c.case_id == case_id, REGISTER.c.on_hold != held)
    connection.execute(statement.values(on_hold=held))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Holds that were lifted stay; that they named this testimony does not."""
    connection.execute(HOLD_CODES.delete().where(HOLD_CODES.c.code == code))

"""Passages that bear on the accused, with a reviewer's note, in the vault. Rows are taken back, never changed."""

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.domain.bearing import Bearing, MarkedPassage, NewBearing
from testimony.domain.matching import Span
from testimony.domain.testimony import State
from testimony.storage.register import REGISTER
from testimony.storage.schema import VAULT

BEARINGS = sa.Table(
    "bearings",
    VAULT,
    sa.Column("bearing_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("bearing", sa.Text, nullable=False),
    sa.Column("passage_start", sa.Integer, nullable=False),
    sa.Column("passage_end", sa.Integer, nullable=False),
    sa.Column("perp_group", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("marked_by", sa.Text, nullable=False),
    sa.Column("marked_on", sa.Text, nullable=False),
    sa.Column("taken_back_by", sa.Text),
    sa.Column("taken_back_on", sa.Text),
    sa.CheckConstraint("bearing IN ('against', 'in_favour', 'contradiction')"),
    sa.CheckConstraint("passage_start >= 0 AND passage_start < passage_end"),
    sa.CheckConstraint("(taken_back_by IS NULL) = (taken_back_on IS NULL)"),
    sqlite_strict=True,
)
sa.Index("bearings_code", BEARINGS.c.code)


def insert_bearing(connection: sa.Connection, passage: MarkedPassage) -> None:
    said = passage.said
    connection.execute(
        BEARINGS.insert(),
        {
            "bearing_id": passage.bearing_id,
            "code": passage.code,
            "version": passage.version,
            "bearing": said.bearing.value,
            "passage_start": said.passage.start,
            "passage_end": said.passage.end,
            "perp_group": said.group,
            "note": said.note,
            "marked_by": passage.marked_by,
            "marked_on": passage.marked_on,
        },
    )


def take_back(connection: sa.Connection, bearing_id: str, *, by: str, on: str) -> bool:
    """Whether it stood and is now taken back."""
    standing = BEARINGS.update().where(
        BEARINGS.c.bearing_id == bearing_id, BEARINGS.c.taken_back_on.is_(None)
    )
    return connection.execute(standing.values(taken_back_by=by, taken_back_on=on)).rowcount == 1


def bearings_of(connection: sa.Connection, code: str) -> tuple[MarkedPassage, ...]:
    """In the order of the text, taken back ones too."""
    query = BEARINGS.select().where(BEARINGS.c.code == code)
    ordered = query.order_by(BEARINGS.c.version, BEARINGS.c.passage_start, BEARINGS.c.bearing_id)
    return tuple(
        MarkedPassage(
            bearing_id=row.bearing_id,
            code=row.code,
            version=row.version,
            said=NewBearing(
                Bearing(row.bearing), Span(row.passage_start, row.passage_end), row.perp_group, row.note
            ),
            marked_by=AccountId(row.marked_by),
            marked_on=row.marked_on,
            taken_back_by=None if row.taken_back_by is None else AccountId(row.taken_back_by),
            taken_back_on=row.taken_back_on,
        )
        for row in connection.execute(ordered)
    )


def helping_in_case(connection: sa.Connection, case_id: str, but: str) -> int:
    """How many other testimonies of a case, of those not disposed, hold a standing mark that helps the accused."""
    query = (
        sa.select(sa.func.count(BEARINGS.c.code.distinct()))
        .select_from(BEARINGS.join(REGISTER, REGISTER.c.code == BEARINGS.c.code))
        .where(
            REGISTER.c.case_id == case_id,
            REGISTER.c.state != State.DISPOSED.value,
            BEARINGS.c.code != but,
            BEARINGS.c.taken_back_on.is_(None),
            BEARINGS.c.bearing != Bearing.AGAINST.value,
        )
    )
    return int(connection.execute(query).scalar_one())


def forget_testimony(connection: sa.Connection, code: str) -> None:
    connection.execute(BEARINGS.delete().where(BEARINGS.c.code == code))

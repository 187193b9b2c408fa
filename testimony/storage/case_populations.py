"""How many people live somewhere, as it counts in one case alone: in one place, or in places of a kind that nobody
said anything of. In the reading room, beside the places themselves; says nothing of one testimony.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from testimony.storage.schema import READING_ROOM

CASE_POPULATIONS = sa.Table(
    "case_populations",
    READING_ROOM,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("band", sa.Text, nullable=False),
    sa.Column("said_by", sa.Text, nullable=False),
    sa.Column("said_on", sa.Text, nullable=False),
    sa.CheckConstraint("band IN ('PB1', 'PB2', 'PB3', 'PB4', 'PB5', 'PB6')"),
    sqlite_strict=True,
)


def bands_of_case(connection: sa.Connection, case_id: str) -> Mapping[str, str]:
    """By the id of a place, or the code of a level (PL1 to PL7)."""
    query = sa.select(CASE_POPULATIONS.c.about, CASE_POPULATIONS.c.band).where(
        CASE_POPULATIONS.c.case_id == case_id
    )
    return {row.about: row.band for row in connection.execute(query)}


def say_in_case(connection: sa.Connection, case_id: str, about: str, band: str, by: str, on: str) -> None:
    """band: empty to say nothing in this case any more."""
    mine = (CASE_POPULATIONS.c.case_id == case_id, CASE_POPULATIONS.c.about == about)
    connection.execute(CASE_POPULATIONS.delete().where(*mine))
    if band:
        row = {"case_id": case_id, "about": about, "band": band, "said_by": by, "said_on": on}
        connection.execute(CASE_POPULATIONS.insert(), row)

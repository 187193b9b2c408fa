"""Details about a person that each testimony's newest check found, to count those that share them. In the vault."""

from collections.abc import Sequence

import sqlalchemy as sa

from testimony.storage.schema import VAULT

DETAILS = sa.Table(
    "residual_details",
    VAULT,
    sa.Column("code", sa.Text, sa.ForeignKey("vault.originals.code"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sqlite_strict=True,
)
sa.Index("residual_details_value", DETAILS.c.kind, DETAILS.c.value)

_CHECKED = "checked"
"""The kind of the row that every checked testimony has, also one without details."""


def put_details(connection: sa.Connection, code: str, details: Sequence[tuple[str, str]]) -> None:
    """Keep what was found of a testimony, in place of what was found before. details: (kind, value)."""
    connection.execute(DETAILS.delete().where(DETAILS.c.code == code))
    rows = [{"code": code, "kind": kind, "value": value} for kind, value in ((_CHECKED, ""), *details)]
    connection.execute(DETAILS.insert(), rows)


def count_checked(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(DETAILS.c.kind == _CHECKED)
    return connection.execute(query).scalar_one()


def count_sharing(connection: sa.Connection, code: str, details: Sequence[tuple[str, str]]) -> int:
    """How many testimonies have every one of these details, this one counted in any case."""
    if not details:
        return count_checked(connection)
    pairs = sa.tuple_(DETAILS.c.kind, DETAILS.c.value).in_(list(details))
    having = sa.func.count() == len(set(details))
    sharing = sa.select(DETAILS.c.code).where(pairs, DETAILS.c.code != code).group_by(DETAILS.c.code)
    query = sa.select(sa.func.count()).select_from(sharing.having(having).subquery())
    return int(connection.execute(query).scalar_one()) + 1

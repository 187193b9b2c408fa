"""Many rows into one table, past SQLAlchemy's reading of each: that takes longer than their writing."""

from collections.abc import Sequence

import sqlalchemy as sa


def insert_all(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[tuple[object, ...]],
    columns: Sequence[str] = (),
) -> None:
    """Insert rows whose values stand in the order of `columns`, or of all of the table's.

    Raises sqlalchemy.exc.IntegrityError for a row that the table does not take.
    """
    if rows:
        named = columns or table.columns.keys()
        names, places = ", ".join(f'"{name}"' for name in named), ", ".join("?" * len(named))
        connection.exec_driver_sql(f"INSERT INTO {table.fullname} ({names}) VALUES ({places})", list(rows))  # noqa: S608  # names of our own tables

"""Many rows into one table, past SQLAlchemy's reading of each: that takes longer than their writing."""

from collections.abc import Sequence

import sqlalchemy as sa


def insert_all(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns.

    Raises sqlalchemy.exc.IntegrityError for a row that the table does not take.
    """
    if rows:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        places = ", ".join("?" * len(table.columns))
        connection.exec_driver_sql(f"INSERT INTO {table.fullname} ({names}) VALUES ({places})", list(rows))  # noqa: S608  # names of our own tables

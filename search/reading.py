"""Statements that each search asks many times, past SQLAlchemy's reading of the statement and of every row.

They run on the caller's own connection, inside the caller's transaction. What the driver raises is raised as
SQLAlchemy would raise it, so that callers tell errors apart in one way.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Values = Sequence[object] | Mapping[str, object]


def rows(connection: Connection, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """Return all rows of a statement, its parameters by place or by name. Raises sqlalchemy.exc.DBAPIError."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("a search needs an open connection")
    errors = connection.dialect.loaded_dbapi.Error
    try:
        found: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
    except errors as error:
        # What was bound is content: it stays out of the message.
        raise DBAPIError.instance(statement, None, error, errors, hide_parameters=True) from None
    return found


def column(connection: Connection, statement: str, values: Values = ()) -> list[Any]:
    """Return the first value of each row. Raises sqlalchemy.exc.DBAPIError."""
    return [row[0] for row in rows(connection, statement, values)]


def numbers(connection: Connection, statement: str, values: Values = ()) -> list[int]:
    """Return the whole numbers of a statement that gives them as one text, `group_concat(…)`.

    Of many rows that is a third of the time: a row of its own is an object each. Raises sqlalchemy.exc.DBAPIError.
    """
    ((text,),) = rows(connection, statement, values)
    found: list[int] = json.loads(f"[{text or ''}]")
    return found


def among(connection: Connection, statement: str, ids: Iterable[object]) -> list[tuple[Any, ...]]:
    """Return all rows of a statement whose `:ids` are these. Raises sqlalchemy.exc.DBAPIError."""
    chosen = tuple(ids)
    places = ", ".join("?" * len(chosen))
    return rows(connection, statement.replace(":ids", f"({places})"), chosen)

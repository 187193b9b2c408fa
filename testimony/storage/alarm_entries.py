"""What the rules of alarms ask of the log and of grants. Plain SQL through the driver, for speed."""

import sqlalchemy as sa

Row = tuple[int, str, bytes, str | None, str | None]
"""seq, at, leaf, and kind and id of what an entry is about, None where it is not there."""

_ROWS = (
    "SELECT e.seq, e.at, e.leaf, s.kind, s.subject FROM log_entries e "
    "LEFT JOIN log_subjects s ON s.seq = e.seq WHERE "
)


def rows_from(connection: sa.Connection, start: int, stop: int) -> list[Row]:
    """Entries with start <= seq < stop, in order."""
    found = connection.exec_driver_sql(f"{_ROWS} e.seq >= ? AND e.seq < ? ORDER BY e.seq", (start, stop))
    return [tuple(row) for row in found]


def failed_sign_ins(connection: sa.Connection, since: str, after: int) -> list[Row]:
    """Their own times are asked for: what was kept outside is taken in late."""
    query = f"{_ROWS} e.action = 'AA02' AND +e.at >= ? AND e.seq > ?"
    return [tuple(row) for row in connection.exec_driver_sql(query, (since, after))]


def refusals_of(connection: sa.Connection, actor: str, since: str, after: int) -> list[Row]:
    # The unary plus keeps the planner on the small index of refusals: a person's entries may be many.
    query = f"{_ROWS} e.outcome = 'denied' AND +e.actor = ? AND +e.at >= ? AND e.seq > ?"
    return [tuple(row) for row in connection.exec_driver_sql(query, (actor, since, after))]


def opened_by(connection: sa.Connection, actor: str, since: str, after: int) -> list[Row]:
    """What one person was shown one by one, newest first, back to a moment."""
    query = f"{_ROWS} e.actor = ? AND e.action = 'AA06' AND e.seq > ? ORDER BY e.seq DESC"
    found = list[Row]()
    with connection.exec_driver_sql(query, (actor, after)) as rows:
        for seq, at, leaf, kind, subject in rows:
            # Stops at the first that is older, so that a long history is not read.
            if at < since:
                break
            found.append((seq, at, leaf, kind, subject))
    return found


def watch_leaves(connection: sa.Connection) -> list[Row]:
    """Entries of the log about alarms and checks, oldest first: what the rows here are compared with."""
    return [tuple(row) for row in connection.exec_driver_sql(f"{_ROWS} e.action = 'AA20' ORDER BY e.seq")]


def first_time(connection: sa.Connection) -> str | None:
    """When the log begins."""
    return connection.exec_driver_sql("SELECT at FROM log_entries ORDER BY seq LIMIT 1").scalar()


def grant_statements(connection: sa.Connection, actor: str, case_id: str) -> list[tuple[bytes, str | None]]:
    """Every grant of one person for one case, with when it was taken back."""
    query = "SELECT statement, revoked_at FROM grants WHERE account_id = ? AND case_id = ?"
    return [(row[0], row[1]) for row in connection.exec_driver_sql(query, (actor, case_id))]

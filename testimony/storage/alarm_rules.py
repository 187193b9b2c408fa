"""What the rules of alarms are set to, and which of them somebody asked to switch off. The log says who set what, and
counts: a row that differs from it is put back. Nothing here says anything of a testimony.
"""

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

SETTINGS = sa.Table(
    "alarm_settings",
    LEDGER,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("is_on", sa.Integer, nullable=False),
    sa.Column("top", sa.Integer, nullable=False),
    sa.Column("span", sa.Integer, nullable=False),
    sa.CheckConstraint("is_on IN (0, 1)"),
    sqlite_strict=True,
)

ORDERS = sa.Table(
    "alarm_orders",
    LEDGER,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("asked_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("asked_at", sa.Text, nullable=False),
    sqlite_strict=True,
)


def settings(connection: sa.Connection) -> dict[str, tuple[bool, int, int]]:
    """(on, limit, span) of each rule that was ever set."""
    rows = connection.exec_driver_sql("SELECT rule, is_on, top, span FROM alarm_settings")
    found = () if rows.cursor is None else rows.cursor.fetchall()
    rows.close()
    return {rule: (bool(is_on), limit, span) for rule, is_on, limit, span in found}


def put_setting(connection: sa.Connection, rule: str, *, is_on: bool, limit: int, span: int) -> None:
    row = {"rule": rule, "is_on": int(is_on), "top": limit, "span": span}
    connection.execute(SETTINGS.insert().prefix_with("OR REPLACE"), row)


def delete_setting(connection: sa.Connection, rule: str) -> None:
    connection.execute(SETTINGS.delete().where(SETTINGS.c.rule == rule))


def orders(connection: sa.Connection) -> dict[str, tuple[str, str]]:
    """Rules that somebody asked to switch off: (who, when)."""
    return {row.rule: (row.asked_by, row.asked_at) for row in connection.execute(ORDERS.select())}


def put_order(connection: sa.Connection, rule: str, asked_by: str, asked_at: str) -> None:
    connection.execute(ORDERS.insert(), {"rule": rule, "asked_by": asked_by, "asked_at": asked_at})


def delete_order(connection: sa.Connection, rule: str) -> None:
    connection.execute(ORDERS.delete().where(ORDERS.c.rule == rule))

"""Orders of one custodian that wait for another: kept in the ledger, by what they are about, until done or past.

    setting "recovery-orders" := {name: {"order": signed, ...}}      name: `recovery`, `identity` or an account's id

The ledger opens for everybody, so nothing in an order is believed before its signature is.
"""

import json
from typing import Any

from sqlalchemy import Connection

from testimony.storage import accounts as account_rows

_SETTING = "recovery-orders"

RENEWAL = "recovery"
SHARING = "identity"


def pending(connection: Connection, name: str) -> dict[str, Any] | None:
    found = _all(connection).get(name)
    return found if isinstance(found, dict) else None


def put(connection: Connection, name: str, order: dict[str, Any] | None) -> None:
    """None: there is none any more."""
    orders = {key: value for key, value in _all(connection).items() if key != name}
    if order is not None:
        orders[name] = order
    account_rows.remember(connection, _SETTING, json.dumps(orders, sort_keys=True).encode())


def names(connection: Connection) -> tuple[str, ...]:
    return tuple(_all(connection))


def _all(connection: Connection) -> dict[str, Any]:
    kept = account_rows.recall(connection, _SETTING)
    document = {} if kept is None else json.loads(kept)
    return document if isinstance(document, dict) else {}

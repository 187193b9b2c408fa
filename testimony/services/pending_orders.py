"""Orders of one custodian that wait for another: kept in the ledger, by what they are about, until done or past.

    setting "recovery-orders" := {name: {"order": signed, ...}}      name: `recovery`, `identity` or an account's id

The ledger opens for everybody, so nothing in an order is believed before its signature is.
"""

import json
from collections.abc import Mapping
from typing import Any

from testimony.domain.accounts import AccountId
from testimony.storage import accounts as account_rows
from testimony.storage.connections import Connection

_SETTING = "recovery-orders"
_REISSUES = "reissues"

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


def note_reissues(connection: Connection, account_id: AccountId, count: int) -> None:
    """Remember how often an account got new keys, so that a keyring of before does not bring the old ones back."""
    counts = {**_counts(connection), account_id: count}
    account_rows.remember(connection, _REISSUES, json.dumps(counts, sort_keys=True).encode())


def reissues_known(connection: Connection) -> Mapping[AccountId, int]:
    """How often each account got new keys; one that never did is not there."""
    return _counts(connection)


def _counts(connection: Connection) -> dict[AccountId, int]:
    kept = account_rows.recall(connection, _REISSUES)
    counts: dict[AccountId, int] = {} if kept is None else json.loads(kept)
    return counts


def _all(connection: Connection) -> dict[str, Any]:
    kept = account_rows.recall(connection, _SETTING)
    document = {} if kept is None else json.loads(kept)
    return document if isinstance(document, dict) else {}

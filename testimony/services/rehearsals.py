"""What a sheet proved, as the log takes it in: who rehearses needs no account, and no disk can rehearse.

    rehearsal := {statement, public, signature}      statement: {type, archive, serial, sheet, at}

The sheet signs with a key of its own, whose fingerprint is in the certified statement of the recovery keys; so only who
has the words can prove them, and the proof says nothing of the words. Cannot detect: that the proof was made from a
copy of the sheet.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.signing import SigningKey, VerifyingKey, sign, verify
from testimony.domain.canonical import canonical_json
from testimony.services.certificates import recovery_keys
from testimony.services.sessions import Work
from testimony.storage import accounts as account_rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring

REHEARSED = "sheet-rehearsed"
NOT_PROVEN = "sheet-not-proven"
_SETTING = "recovery-rehearsals"


def prove(keyring: Keyring, serial: int, sheet: int, key: SigningKey, now: datetime) -> Mapping[str, str]:
    statement = canonical_json(
        {
            "type": "rehearsal/1",
            "archive": keyring.archive_id,
            "serial": serial,
            "sheet": sheet,
            "at": now.isoformat(),
        }
    )
    return {
        "statement": statement.decode(),
        "public": base64.b64encode(key.public.raw).decode(),
        "signature": base64.b64encode(sign(key, statement, Label.REHEARSAL)).decode(),
    }


def take_in(work: Work, keyring: Keyring, event: Mapping[str, Any]) -> tuple[str, ...]:
    """What the entry says of the sheet, in codes; nothing for an event that is no rehearsal.

    A proven one becomes the sheet's date: the log has it for good, the setting for the page.
    """
    rehearsal = event.get("rehearsal")
    if rehearsal is None:
        return ()
    try:
        serial, sheet, at = _proven(keyring, rehearsal)
    except (CryptoError, ArchiveDamaged, ValueError, KeyError, TypeError, AttributeError):
        return (NOT_PROVEN,)
    dates = _dates(work.connection)
    dates.setdefault(str(serial), {})[str(sheet)] = max(at, dates.get(str(serial), {}).get(str(sheet), ""))
    account_rows.remember(work.connection, _SETTING, json.dumps(dates, sort_keys=True).encode())
    return (REHEARSED, f"serial:{serial}", f"sheet:{sheet}")


def dates_of(connection: Connection, serial: int) -> Mapping[int, datetime]:
    """When each sheet was last proven; a sheet that never was is not there."""
    dates = _dates(connection).get(str(serial), {})
    return {int(sheet): datetime.fromisoformat(at) for sheet, at in dates.items()}


def _proven(keyring: Keyring, rehearsal: Mapping[str, str]) -> tuple[int, int, str]:
    certified = recovery_keys(keyring)
    statement = rehearsal["statement"].encode()
    key = VerifyingKey(base64.b64decode(rehearsal["public"], validate=True))
    verify(key, statement, base64.b64decode(rehearsal["signature"], validate=True), Label.REHEARSAL)
    document = json.loads(statement)
    serial, sheet = int(document["serial"]), int(document["sheet"])
    about = (document["type"], document["archive"])
    if (
        certified is None
        or about != ("rehearsal/1", keyring.archive_id)
        or serial != certified.serial
        or certified.proofs.get(sheet) != key.fingerprint
    ):
        raise ArchiveDamaged
    return serial, sheet, datetime.fromisoformat(document["at"]).isoformat()


def _dates(connection: Connection) -> dict[str, dict[str, str]]:
    kept = account_rows.recall(connection, _SETTING)
    document: dict[str, dict[str, str]] = {} if kept is None else json.loads(kept)
    return document

"""What must be logged while the ledger is locked: sealed to it outside, and taken in at the next unlock."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.services import rehearsals
from testimony.services.archives import Archive
from testimony.services.duress import hold
from testimony.services.generations import compartment_key
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import log
from testimony.storage.compartments import Compartment
from testimony.storage.keyring import Keyring
from testimony.storage.locked_events import append_locked_event, read_locked_events


def log_failed_sign_in(
    archive: Archive, keyring: Keyring, account_id: AccountId | None, handle: str, now: datetime
) -> None:
    """The handle as it was typed is for auditors alone: it may be a password typed into the wrong field."""
    log_while_locked(archive, keyring, (Action.SIGN_IN_FAILED, Outcome.DENIED), account_id, handle, now)


def log_while_locked(
    archive: Archive,
    keyring: Keyring,
    what: tuple[Action, Outcome],
    account_id: AccountId | None,
    detail: str,
    now: datetime,
    rehearsal: Mapping[str, str] | None = None,
) -> None:
    """Keep one event for the log, sealed to the ledger; `detail` is sealed to the auditors inside it.

    rehearsal: what a recovery sheet proved (services/rehearsals.py).
    """
    action, outcome = what
    sealed_detail = seal(compartment_key(keyring, Compartment.AUDIT), detail.encode(), Label.AUDIT_DETAIL)
    event: dict[str, object] = {
        "at": timestamp(now),
        "action": action.value,
        "outcome": outcome.value,
        "account": account_id,
        "detail": base64.b64encode(sealed_detail).decode(),
    }
    if rehearsal is not None:
        event["rehearsal"] = dict(rehearsal)
    ledger = compartment_key(keyring, Compartment.LEDGER)
    sealed = seal(ledger, json.dumps(event).encode(), Label.LOCKED_EVENT)
    append_locked_event(archive.directory, sealed, has_room=action is Action.DURESS_SIGNAL)


def take_in_locked_events(work: Work, session: Session) -> None:
    """Move what happened while the ledger was locked into the log, in the transaction of this sign-in.

    What follows from a duress signal follows now.
    """
    events = read_locked_events(session.archive.directory)
    # One may have been sealed just before the ledger's key was changed.
    keys = sealing_keys(session.archive, Compartment.LEDGER)
    entries: list[log.Entry] = []
    for sealed in events.sealed:
        try:
            event = json.loads(open_with_any(keys, sealed, Label.LOCKED_EVENT))
            entry = log.Entry(
                at=event["at"],
                actor=event["account"],
                roles=(),
                action=Action(event["action"]).value,
                outcome=Outcome(event["outcome"]).value,
                fields=(
                    log.KEPT_WHILE_LOCKED,
                    *rehearsals.take_in(work, session.archive.keyring(), event),
                ),
                detail=base64.b64decode(event["detail"]),
            )
        except (CryptoError, ValueError, KeyError, TypeError):
            events = type(events)(events.sealed, whole=False)
            continue
        entries.append(entry)
        if entry.action == Action.DURESS_SIGNAL and entry.actor is not None:
            account_id, directory = AccountId(entry.actor), session.archive.directory
            entries += hold(directory, work.connection, account_id, entry.at, work.now)
    if entries:
        log.append(work.connection, entries)
    if not events.whole:
        work.log(Action.LOG_CHECKED, fields=("locked-events-broken",), outcome=Outcome.DENIED)

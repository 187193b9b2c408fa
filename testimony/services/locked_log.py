"""What happened while the ledger was locked, taken into the log when it opens."""

import base64
import json

from crypto.errors import CryptoError
from crypto.labels import Label
from testimony.domain.audit import Action, Outcome
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, Work
from testimony.storage import log
from testimony.storage.compartments import Compartment
from testimony.storage.locked_events import read_locked_events


def take_in_locked_events(work: Work, session: Session) -> None:
    """Move what happened while the ledger was locked into the log, in the transaction of this sign-in."""
    events = read_locked_events(session.archive.directory)
    # One may have been sealed just before the ledger's key was changed.
    keys = sealing_keys(session.archive, Compartment.LEDGER)
    entries = []
    for sealed in events.sealed:
        try:
            event = json.loads(open_with_any(keys, sealed, Label.LOCKED_EVENT))
            entries.append(
                log.Entry(
                    at=event["at"],
                    actor=event["account"],
                    roles=(),
                    action=Action(event["action"]).value,
                    outcome=Outcome(event["outcome"]).value,
                    fields=(log.KEPT_WHILE_LOCKED,),
                    detail=base64.b64decode(event["detail"]),
                )
            )
        except (CryptoError, ValueError, KeyError, TypeError):
            events = type(events)(events.sealed, whole=False)
    if entries:
        log.append(work.connection, entries)
    if not events.whole:
        work.log(Action.LOG_CHECKED, fields=("locked-events-broken",), outcome=Outcome.DENIED)

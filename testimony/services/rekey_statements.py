"""What the executor of a re-key order signs, logs and tells as it goes."""

from collections.abc import Callable
from datetime import datetime

from crypto.keys import Secret
from crypto.labels import Label
from testimony.domain.audit import Action
from testimony.services.certificates import encode, sign_statement
from testimony.services.generations import OrderSeen, generation_of
from testimony.services.opening import sealing_key_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage.compartments import Compartment
from testimony.storage.keyring import Keyring, Signed

Told = Callable[[Compartment, str, int, int], None]
"""Called as it goes: compartment, phase ("begun", "file", "identities", "done"), how many, of how many."""


def silent(_compartment: Compartment, _phase: str, _done: int, _of: int) -> None:
    """For who shows nothing."""


def rekey_statement(
    session: Session,
    keyring: Keyring,
    order: OrderSeen,
    compartment: Compartment,
    new: Secret,
    now: datetime,
) -> Signed:
    """The executor's word for the next key of a compartment."""
    document = {
        "type": "rekey/1",
        "archive": keyring.archive_id,
        "compartment": compartment.value,
        "generation": generation_of(keyring, compartment).number + 1,
        "public": encode(sealing_key_of(new).public.raw),
        "order": order.sha256,
        "at": timestamp(now),
    }
    return sign_statement(document, session.account.id, session.keys.signing, Label.REKEY)


def log_begun(work: Work, order: OrderSeen, compartment: Compartment) -> None:
    work.log(
        Action.KEY_OPERATION,
        subject=("key-order", order.order_id),
        fields=("rekey-begun", compartment.value),
    )

"""What is signed about an account, as documents: its enrolment, activation, suspension, confirmation.

Knows no keyring and verifies nothing; `certificates` reads them back.
"""

import base64
import hashlib
from datetime import datetime
from typing import Any

from crypto.sealing import SealingPublicKey
from crypto.signing import VerifyingKey
from testimony.domain.accounts import AccountId
from testimony.domain.roles import Role
from testimony.storage.keyring import Signed


def enrolment_statement(
    archive_id: str,
    account_id: AccountId,
    lookup: str,
    roles: frozenset[Role],
    invitation: tuple[SealingPublicKey, VerifyingKey],
    at: datetime,
) -> dict[str, Any]:
    sealing, signing = invitation
    return {
        "type": "enrolment/1",
        "archive": archive_id,
        "account": account_id,
        "lookup": lookup,
        "roles": sorted(role.value for role in roles),
        "sealing": _encode(sealing.raw),
        "signing": _encode(signing.raw),
        "at": at.isoformat(),
    }


def activation_statement(
    archive_id: str, account_id: AccountId, keys: tuple[SealingPublicKey, VerifyingKey], at: datetime
) -> dict[str, Any]:
    sealing, signing = keys
    return {
        "type": "activation/1",
        "archive": archive_id,
        "account": account_id,
        "sealing": _encode(sealing.raw),
        "signing": _encode(signing.raw),
        "at": at.isoformat(),
    }


def suspension_statement(archive_id: str, account_id: AccountId, at: datetime) -> dict[str, Any]:
    return {"type": "suspension/1", "archive": archive_id, "account": account_id, "at": at.isoformat()}


def confirmation_statement(
    archive_id: str, account_id: AccountId, enrolment: Signed, at: datetime
) -> dict[str, Any]:
    """Binds a confirmation to one enrolment: roles and keys that were changed after it are not confirmed."""
    return {
        "type": "confirmation/1",
        "archive": archive_id,
        "account": account_id,
        "enrolment": hashlib.sha256(enrolment.statement).hexdigest(),
        "at": at.isoformat(),
    }


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

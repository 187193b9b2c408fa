"""Making a new account that only the invited person can finish.

An invitation is an account whose bundle is locked under a one-time code (100 random bits). Its keys can do
two things: open the slots that were wrapped for
it, and sign the account's real keys at activation. The custodian who invites never sees those.
"""

import hashlib
import secrets as random
from dataclasses import dataclass
from datetime import datetime

from crypto.codes import new_one_time_code, normalise_code
from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import Argon2Cost, lock_bundle
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from testimony.domain.accounts import AccountId, AccountState, require_handle
from testimony.domain.roles import Role, require_compatible
from testimony.services.account_statements import enrolment_statement
from testimony.services.archives import handle_lookup
from testimony.services.certificates import sign_statement
from testimony.services.sessions import serialise_keys, timestamp
from testimony.storage.accounts import AccountRow
from testimony.storage.keyring import AccountRecord, Keyring


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`name`: how colleagues know this person; kept in the ledger only."""

    handle: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """`code`: shown once, kept nowhere. `sealing`: the invitation's key, to wrap slots for; forgotten
    after.
    """

    record: AccountRecord
    row: AccountRow
    sealing: SealingKey
    code: str


def invite(
    keyring: Keyring, newcomer: Newcomer, signer: tuple[str, SigningKey], cost: Argon2Cost, now: datetime
) -> Invitation:
    """Raises BadHandle, IncompatibleRoles."""
    require_handle(newcomer.handle)
    require_compatible(newcomer.roles)
    account_id = AccountId(random.token_hex(8))
    sealing, signing, code = Secret.random(), Secret.random(), new_one_time_code()
    lookup = handle_lookup(keyring.archive_id, newcomer.handle)
    keys = (SealingKey(sealing).public, SigningKey(signing).public)
    statement = enrolment_statement(keyring.archive_id, account_id, lookup, newcomer.roles, keys, now)
    signer_name, signing_key = signer
    enrolment = sign_statement(statement, signer_name, signing_key, Label.ENROLMENT)
    payload = serialise_keys(account_id, sealing, signing, keyring.root, None)
    bundle = lock_bundle(normalise_code(code), payload, account_id, cost)
    row = AccountRow(
        account_id=account_id,
        handle=newcomer.handle,
        name=newcomer.name,
        enrolment_sha256=hashlib.sha256(enrolment.statement).hexdigest(),
        state=AccountState.INVITED.value,
        totp_step=0,
        enrolled_at=timestamp(now),
        last_signed_in=None,
    )
    return Invitation(
        AccountRecord(account_id, lookup, enrolment, None, None, bundle), row, SealingKey(sealing), code
    )

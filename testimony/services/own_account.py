"""What people change of their own account: password, code generator, recovery codes, duress password.

Each asks for the password again, since a bundle can only be locked anew by what opens it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crypto.codes import OneTimeCode, new_one_time_code
from crypto.errors import BadCode, WrongPassword
from crypto.keys import Secret
from crypto.passwords import unlock_bundle
from crypto.totp import NEVER_USED, new_totp_secret, provisioning_uri, verify_totp
from testimony.domain.accounts import common_passwords, require_strong_password, require_unlike
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import NotYet, SignInFailed, Throttled
from testimony.services.bundles import lock_content, profile_of
from testimony.services.second_step import digest_of
from testimony.services.sessions import IDLE_LIMIT, BundleContent, Session, Work, parse_keys, timestamp
from testimony.services.signin import RELOCKED
from testimony.storage import account_guards
from testimony.storage.keyring_file import write_keyring

MAX_WRONG_PASSWORDS = 5
_WRONG_PASSWORDS = "wrong-passwords"

RECOVERY_CODES = 10
CODES_MADE = "recovery-codes"


@dataclass(frozen=True, slots=True, repr=False)
class TotpOffer:
    """A code generator's secret before it is confirmed. `uri`: otpauth://, for a QR code."""

    secret: bytes
    uri: str


def require_password(session: Session, password: str, now: datetime) -> BundleContent:
    """Ask again before a grave act. A wrong one is in the log; after five, this session asks no more.

    Raises SignInFailed, Throttled.
    """
    wrong = int(session.desk.get(_WRONG_PASSWORDS, "0"))
    if wrong >= MAX_WRONG_PASSWORDS:
        raise Throttled(int(IDLE_LIMIT.total_seconds()))
    record = session.archive.keyring().accounts[session.account.id]
    try:
        return parse_keys(unlock_bundle(password, record.bundle, record.account_id))
    except WrongPassword:
        session.desk[_WRONG_PASSWORDS] = str(wrong + 1)
        with session.work(now) as work:
            work.log(Action.SIGN_IN_FAILED, fields=("password-again",), outcome=Outcome.DENIED)
        raise SignInFailed from None


def change_password(session: Session, password: str, new_password: str, now: datetime) -> None:
    """Every other session of the account is worthless from now on; those of this process are the caller's to close.

    Raises SignInFailed for the wrong password, WeakPassword.
    """
    content = require_password(session, password, now)
    require_strong_password(new_password, session.account.handle, common_passwords())
    if content.duress is not None:
        require_unlike(new_password, content.duress)
    relock(session, content, new_password, now, field="password", signs_out=True)


def offer_totp(session: Session, issuer: str) -> TotpOffer:
    secret = new_totp_secret()
    return TotpOffer(secret, provisioning_uri(secret, session.account.handle, issuer))


def turn_on_totp(
    session: Session, password: str, secret: bytes, code: str, now: datetime
) -> tuple[OneTimeCode, ...]:
    """From the next sign-in a code is needed; an earlier generator counts no more. Returns new recovery codes.

    The codes are the only copy. Raises SignInFailed for a wrong password or a code that does not fit.
    """
    content = require_password(session, password, now)
    try:
        verify_totp(secret, code, now.astimezone(UTC), NEVER_USED)
    except BadCode:
        raise SignInFailed from None
    key = content.codes_key or Secret.random()
    codes = _new_codes()
    # First the digests, under a key that the bundle may not have yet: codes that nothing accepts, if we stop here.
    relock(
        session,
        replace(content, totp=secret, codes_key=key),
        password,
        now,
        field="code-on",
        beside=lambda work: _keep_codes(work, content, key, codes),
    )
    return codes


def turn_off_totp(session: Session, password: str, now: datetime) -> None:
    """From the next sign-in the password is enough; recovery codes count no more. Raises SignInFailed."""
    content = require_password(session, password, now)
    relock(
        session,
        replace(content, totp=None),
        password,
        now,
        field="code-off",
        beside=lambda work: account_guards.replace_codes(
            work.connection, content.account_id, (), timestamp(now)
        ),
    )


def renew_recovery_codes(session: Session, password: str, now: datetime) -> tuple[OneTimeCode, ...]:
    """Ten new codes, the only copy; the old ones count no more.

    Raises SignInFailed; NotYet when this account asks for no code besides the password.
    """
    content = require_password(session, password, now)
    if content.totp is None:
        raise NotYet
    key = content.codes_key or Secret.random()
    codes = _new_codes()
    relock(
        session,
        replace(content, codes_key=key),
        password,
        now,
        field=CODES_MADE,
        beside=lambda work: _keep_codes(work, content, key, codes),
    )
    return codes


def recovery_codes_left(session: Session) -> int:
    with session.reading() as connection:
        return len(account_guards.codes_of(connection, session.account.id))


def set_duress_password(session: Session, password: str, duress: str, now: datetime) -> None:
    """From now on this other password opens an empty profile and raises an alarm. It replaces an earlier one.

    Raises SignInFailed, WeakPassword (`similar` to one's own among them).
    """
    content = require_password(session, password, now)
    require_strong_password(duress, session.account.handle, common_passwords())
    require_unlike(duress, password)
    relock(session, replace(content, duress=duress), password, now, field=RELOCKED)


def remove_duress_password(session: Session, password: str, now: datetime) -> None:
    """Whether there was one or not. Raises SignInFailed."""
    content = require_password(session, password, now)
    relock(session, replace(content, duress=None), password, now, field=RELOCKED)


def _new_codes() -> tuple[OneTimeCode, ...]:
    return tuple(new_one_time_code() for _ in range(RECOVERY_CODES))


def _keep_codes(work: Work, content: BundleContent, key: Secret, codes: tuple[OneTimeCode, ...]) -> None:
    digests = {digest_of(key, code) for code in codes}
    account_guards.replace_codes(work.connection, content.account_id, digests, timestamp(work.now))


def _no_more(work: Work) -> None:
    """Nothing else changes with the bundle."""


def relock(
    session: Session,
    content: BundleContent,
    password: str,
    now: datetime,
    *,
    field: str,
    signs_out: bool = False,
    beside: Callable[[Work], None] = _no_more,
) -> None:
    """Lock both halves of one's bundle anew.

    field: of the entry. signs_out: whether older sessions end. beside: what changes in the ledger with it.
    Dies between ledger and keyring: the older bundle stands, and recovery codes that nobody has seen.
    """
    content = replace(content, codes_key=content.codes_key or Secret.random())
    archive = session.archive
    with archive.directory.keyring_lock:
        with session.work(now) as work:
            beside(work)
            if signs_out:
                guard = account_guards.find_guard(work.connection, content.account_id)
                account_guards.write_guard(work.connection, replace(guard, signed_out_at=timestamp(now)))
            work.log(Action.KEY_OPERATION, subject=("account", content.account_id), fields=(field,))
        bundle = lock_content(content, password, profile_of(session, content), archive.archive.cost)
        keyring = archive.keyring()
        record = keyring.accounts[content.account_id]
        write_keyring(archive.directory, keyring.with_account(replace(record, bundle=bundle)))

"""The code besides the password: six digits of an app, or one of the recovery codes, each accepted once.

Recovery codes are kept as digests, in the ledger: using one up commits with the sign-in that it was used for, so a
crash or two sign-ins at once never make two of it.
"""

import hashlib
import hmac
import threading
from datetime import UTC, datetime

from crypto.codes import OneTimeCode, normalise_code
from crypto.errors import BadCode
from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.totp import NEVER_USED, verify_totp
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.services.bundles import EmptyProfile
from testimony.services.sessions import BundleContent, Work
from testimony.storage import account_guards
from testimony.storage import accounts as account_rows

CODE_USED = "recovery-code-used"


def digest_of(key: Secret, code: OneTimeCode) -> str:
    """HMAC-SHA-256 under a key of the account's bundle, hexadecimal."""
    used = derive(key, Label.RECOVERY_CODE)
    return hmac.new(used.raw, code.encode("ascii"), hashlib.sha256).hexdigest()


class SecondStep:
    """Remembers, in memory, the last step of each account that was accepted, whichever profile it opened.

    The ledger knows it for real sign-ins; an empty profile must refuse a code twice as well.
    """

    def __init__(self) -> None:
        self._last: dict[AccountId, int] = {}
        self._lock = threading.Lock()

    def accept(
        self,
        work: Work,
        content: BundleContent,
        row: account_rows.AccountRow,
        code: str | None,
        now: datetime,
    ) -> None:
        """Raises BadCode when this account uses codes and this is not a fresh one."""
        if content.totp is None:
            return
        recovery = _recovery_code(code)
        if recovery is not None:
            if content.codes_key is None or not account_guards.spend_code(
                work.connection, content.account_id, digest_of(content.codes_key, recovery)
            ):
                raise BadCode
            work.log(Action.KEY_OPERATION, subject=("account", content.account_id), fields=(CODE_USED,))
            return
        step = self._step(content.account_id, content.totp, code, now, row.totp_step)
        account_rows.update_account(work.connection, content.account_id, totp_step=step)

    def accept_in_empty_profile(self, profile: EmptyProfile, code: str | None, now: datetime) -> None:
        """The same question and the same refusals, answered without the ledger. Raises BadCode."""
        if profile.totp is None:
            return
        recovery = _recovery_code(code)
        if recovery is None:
            self._step(profile.account_id, profile.totp, code, now, NEVER_USED)
        elif profile.codes_key is None or digest_of(profile.codes_key, recovery) not in profile.codes:
            raise BadCode

    def _step(self, account_id: AccountId, secret: bytes, code: str | None, now: datetime, last: int) -> int:
        with self._lock:
            newest = max(last, self._last.get(account_id, NEVER_USED))
            step = verify_totp(secret, code or "", now.astimezone(UTC), newest)
            self._last[account_id] = step
        return step


def _recovery_code(code: str | None) -> OneTimeCode | None:
    try:
        return normalise_code(code or "")
    except BadCode:
        return None

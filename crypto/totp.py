"""Time-based one-time codes as authenticator apps make them: SHA-1, 6 digits, 30 seconds (RFC 6238).

Knows no clock and keeps nothing: the caller hands in the time and stores the last accepted step.
"""

import hmac
import secrets
import unicodedata
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from crypto.errors import BadCode

SECRET_BYTES = 20
DIGITS = 6
STEP_SECONDS = 30
# One step early or late: clocks of phones drift, and typing takes time (RFC 6238, section 5.2).
WINDOW_STEPS = 1
NEVER_USED = -1


def new_totp_secret() -> bytes:
    """Return 20 random bytes, the size of the hash (RFC 4226, section 4, R6)."""
    return secrets.token_bytes(SECRET_BYTES)


def provisioning_uri(secret: bytes, account_name: str, issuer: str) -> str:
    """Return the `otpauth://totp/…` URI that an app reads from a QR code. It holds the secret."""
    # SHA-1 is what every authenticator app knows; HMAC does not rest on collision resistance.
    totp = TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - see above
    return totp.get_provisioning_uri(account_name, issuer)


def verify_totp(secret: bytes, code: str, at: datetime, last_step: int) -> int:
    """Return the step of this code, to be stored as the next `last_step` (NEVER_USED at first).

    at: aware. Raises BadCode for a wrong code, one outside the window, one of a step used or passed.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone is ambiguous")
    digits = _read_digits(code).encode("ascii")
    hotp = HOTP(secret, DIGITS, SHA1())  # noqa: S303 - see provisioning_uri
    present = int(at.timestamp()) // STEP_SECONDS
    accepted = NEVER_USED
    # Every step of the window is computed, so that the time taken does not say which one matched.
    for step in range(max(present - WINDOW_STEPS, 0), present + WINDOW_STEPS + 1):
        if hmac.compare_digest(hotp.generate(step), digits) and step > last_step:
            accepted = step
    if accepted == NEVER_USED:
        raise BadCode("the one-time code does not hold")
    return accepted


def _read_digits(code: str) -> str:
    """Return ASCII digits from digits of any script; spaces, hyphens and invisible marks are dropped."""
    kept = [
        character
        for character in unicodedata.normalize("NFKC", code[:64])
        if unicodedata.category(character) not in {"Zs", "Cf", "Pd"}
    ]
    try:
        digits = "".join(str(unicodedata.decimal(character)) for character in kept)
    except ValueError:
        raise BadCode("a one-time code is digits") from None
    if len(digits) != DIGITS:
        raise BadCode("a one-time code is six digits")
    return digits

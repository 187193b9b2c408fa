"""Locked values: sealed and opened with the same secret.

    locked := version:1 (0x01) || nonce:12 (random) || ciphertext || tag:16      (AES-256-GCM)
    key    := derive(secret, label, context)
    associated data := version

A reader detects any changed, cut or moved byte and another label or context. It cannot detect an older value
locked with the same label and context; lengths are not hidden. One secret, label and context locks at most
2^32 values (the bound of NIST SP 800-38D for random nonces).
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import Tampered
from crypto.keys import Secret, derive
from crypto.labels import Label

VERSION, MANY = b"\x01", b"\x02"
NONCE_BYTES = 12
TAG_BYTES = 16


def lock(key: Secret, plaintext: bytes, label: Label, context: bytes = b"") -> bytes:
    """Lock bytes for one use and one context."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(derive(key, label, context).raw).encrypt(nonce, plaintext, VERSION)


def unlock(key: Secret, locked: bytes, label: Label, context: bytes = b"") -> bytes:
    """Open what `lock` made with the same key, label and context. Raises Tampered for anything else."""
    if locked[:1] != VERSION or len(locked) < 1 + NONCE_BYTES + TAG_BYTES:
        raise Tampered("not a locked value")
    nonce, ciphertext = locked[1 : 1 + NONCE_BYTES], locked[1 + NONCE_BYTES :]
    try:
        return AESGCM(derive(key, label, context).raw).decrypt(nonce, ciphertext, VERSION)
    except InvalidTag:
        raise Tampered("the locked value does not open") from None


class ManyValues:
    """Values locked under one derived key, for reading many at once: deriving a key for each would take the most time.

        locked := version:1 (0x02) || nonce:12 (random) || ciphertext || tag:16    (AES-256-GCM)
        key    := derive(secret, label)
        associated data := version || context

    Detects what `unlock` detects. All values of one secret and label share the bound of 2^32.
    """

    def __init__(self, key: Secret, label: Label) -> None:
        self._cipher = AESGCM(derive(key, label).raw)

    def lock(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return MANY + nonce + self._cipher.encrypt(nonce, plaintext, MANY + context)

    def unlock(self, locked: bytes, context: bytes) -> bytes:
        """Raises Tampered."""
        if locked[:1] != MANY or len(locked) < 1 + NONCE_BYTES + TAG_BYTES:
            raise Tampered("not a locked value")
        nonce, ciphertext = locked[1 : 1 + NONCE_BYTES], locked[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, MANY + context)
        except InvalidTag:
            raise Tampered("the locked value does not open") from None

"""What can go wrong with keys, sealed values, signatures, codes and proofs.

No message carries content, a key, a code or a name: a caller that logs the exception leaks nothing.
"""


class CryptoError(Exception):
    """The base of everything that this package raises about its input."""


class Tampered(CryptoError):
    """The value does not open under this key and context: changed, cut, moved, or sealed for another use."""


class WrongPassword(CryptoError):
    """The bundle does not open with this password for this account, or was changed."""


class BadSignature(CryptoError):
    """The signature does not hold for this key, message and use."""


class BadCode(CryptoError):
    """The code is wrong, late, already used, or not a code."""


class BadShares(CryptoError):
    """The shares do not give back a secret: too few, mistyped, or of different splits."""


class BadProof(CryptoError):
    """The Merkle proof does not hold for these roots, sizes and leaf."""


class Malformed(CryptoError):
    """The input has not the form it must have."""

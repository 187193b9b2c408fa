"""A secret as words on paper, k of n needed to have it back (SLIP-39: Shamir's scheme with checksums).

One group, no passphrase, the extendable form. A reader detects mistyped words (checksum), shares of
different splits and a wrong recovered secret (digest share). It cannot detect that a share was copied.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORDLIST

from crypto.errors import BadShares, Malformed
from crypto.keys import Secret, derive
from crypto.labels import Label

MAX_SHARES = 16
# The stretching protects a passphrase, and there is none.
ITERATION_EXPONENT = 0
MAX_ITERATION_EXPONENT = 4
MAX_SHARE_CHARACTERS = 1024
_WORDS = frozenset(WORDLIST)


@dataclass(frozen=True, slots=True, repr=False)
class ReadShare:
    """One share whose checksum holds. number: its place in the split, from 1. value: what it adds to the secret."""

    words: str
    number: int
    threshold: int
    value: Secret


def read_share(words: str) -> ReadShare:
    """Raises BadShares for mistyped words and for shares that were not made here.

    The checksum finds any three wrong words, and more of them except once in a thousand million.
    """
    typed = normalise_share(words)
    try:
        _require_one_split([typed])
        share = Share.from_mnemonic(typed)
        return ReadShare(typed, share.index + 1, share.member_threshold, Secret(share.value))
    except (MnemonicError, Malformed, ValueError):
        raise BadShares("the share is mistyped") from None


def normalise_share(words: str) -> str:
    """Order, case and line breaks are the typist's."""
    return " ".join(words[:MAX_SHARE_CHARACTERS].lower().split())


def unknown_words(words: str) -> tuple[int, ...]:
    """The places, from 1, of the words that are in no share at all."""
    typed = enumerate(normalise_share(words).split(), start=1)
    return tuple(place for place, word in typed if word not in _WORDS)


def share_secret(share: ReadShare, label: Label, context: bytes) -> Secret:
    """A secret that only who has this share can make: at least 224 bits of it are random, so it is not guessed."""
    return derive(share.value, label, context)


def split(secret: Secret, threshold: int, count: int) -> tuple[str, ...]:
    """Return `count` shares of 33 English words, any `threshold` of which give back the secret.

    Raises ValueError unless 2 <= threshold <= count <= 16: one share alone must not be enough.
    """
    if not 2 <= threshold <= count <= MAX_SHARES:
        raise ValueError("two shares at least are needed, and sixteen at most are made")
    groups = generate_mnemonics(1, [(threshold, count)], secret.raw, iteration_exponent=ITERATION_EXPONENT)
    return tuple(groups[0])


def combine(shares: Sequence[str]) -> Secret:
    """Return the secret. Shares beyond the threshold are welcome and must agree with the others.

    Raises BadShares: too few, mistyped, of different splits, or not of a 32-byte secret in one group.
    """
    if len(shares) > MAX_SHARES:
        raise BadShares("there are never more than sixteen shares")
    # A share handed in twice counts once; order, case and line breaks are the typist's.
    typed = sorted({normalise_share(share) for share in shares})
    try:
        threshold = _require_one_split(typed)
        secret = combine_mnemonics(typed[:threshold])
        others = [combine_mnemonics([*typed[1:threshold], further]) for further in typed[threshold:]]
        if any(other != secret for other in others):
            raise BadShares("the shares do not agree")
        return Secret(secret)
    except (MnemonicError, Malformed, ValueError):
        raise BadShares("the shares do not give back a secret") from None


def _require_one_split(typed: Sequence[str]) -> int:
    """Return how many shares are needed. Raises BadShares unless all are of one split made here."""
    parsed = [Share.from_mnemonic(words) for words in typed]
    if len({share.group_parameters() for share in parsed}) != 1 or parsed[0].group_count != 1:
        raise BadShares("the shares are not of one split")
    if parsed[0].iteration_exponent > MAX_ITERATION_EXPONENT:
        # The exponent is in the words: 15 would be eighty million rounds of PBKDF2.
        raise BadShares("the shares ask for too much work")
    return int(parsed[0].member_threshold)

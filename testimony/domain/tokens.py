"""The numbers by which a release tells people and places apart: [victim 2].

    plain series   1, 2, 3 …           partners and staff, who read these texts every day
    keyed series   three digits, drawn  everybody else: one series a testimony, audience and recipient

Within a release one entity has one number, given when it first appears. Two releases in different series cannot be
joined by their tokens without the key, which never leaves the vault. What is kept of the texts still joins them; no
token can help that. A number's width says how many were given before it, nothing of what it stands for.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

_THREE_DIGITS = range(100, 1_000)
_FOUR_DIGITS = range(1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Series:
    """Which number the next new entity of a release gets. key: secret; empty for the plain series."""

    key: bytes = field(default=b"", repr=False)

    def number(self, token: str, given: Collection[int]) -> int:
        """The next number for a token. given: those that this token has in the release already."""
        if not self.key:
            return len(given) + 1
        # Half of the range stays free, so that a free number is found after two draws on average.
        numbers = _THREE_DIGITS if len(given) < len(_THREE_DIGITS) // 2 else _FOUR_DIGITS
        draw = 0
        while (number := self._drawn(token, draw, numbers)) in given:
            draw += 1
        return number

    def _drawn(self, token: str, draw: int, numbers: range) -> int:
        digest = hashlib.sha256(b"\0".join((self.key, token.encode(), str(draw).encode()))).digest()
        return numbers[int.from_bytes(digest[:8], "big") % len(numbers)]


PLAIN = Series()

"""Words that belong to a version of a consent and that no row holds: the details to hide, the channel, the event.

    words := seal(vault, canonical JSON {"type": "consent-words/1", …}, CONSENT_WORDS, code/version)

They stay sealed in the ledger; whoever holds the vault opens them there. Their hash is in the signed statement.
"""

import json
from dataclasses import dataclass, field

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import IntegrityFailed
from testimony.services.archives import OpenArchive
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session
from testimony.storage import consent_versions
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection

FORMAT = "consent-words/1"
MAX_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Words:
    """by_condition: (code of the condition, words). said: anything else that the witness said of it."""

    by_condition: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    said: str = field(default="", repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.by_condition and not self.said.strip()


def seal_words(archive: OpenArchive, code: str, version: int, words: Words) -> bytes | None:
    """None where there are none."""
    if words.is_empty:
        return None
    document = {"type": FORMAT, "conditions": [list(pair) for pair in words.by_condition], "said": words.said}
    context = _context(code, version)
    return seal(archive.public(Compartment.VAULT), canonical_json(document), Label.CONSENT_WORDS, context)


def words_of(session: Session, connection: Connection, code: str, condition: str) -> frozenset[str]:
    """What was ever said later for one condition of a testimony. Raises IntegrityFailed, CompartmentClosed."""
    found = set()
    for row in consent_versions.versions_of(connection, code):
        if row.sealed is None:
            continue
        # What was signed cannot be sealed anew: it may be sealed to a key of the vault from before.
        keys = sealing_keys(session.archive, Compartment.VAULT)
        try:
            opened = open_with_any(keys, row.sealed, Label.CONSENT_WORDS, _context(code, row.version))
            pairs = json.loads(opened)["conditions"]
        except (CryptoError, ValueError, KeyError):
            raise IntegrityFailed from None
        found |= {text.strip() for name, text in pairs if name == condition}
    return frozenset(found)


def _context(code: str, version: int) -> bytes:
    return f"{code}/{version}".encode()

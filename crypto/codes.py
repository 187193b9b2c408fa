"""One-time codes that people read aloud, copy by hand and type once: 20 base-32 characters, 100 bits."""

import secrets
import unicodedata
from typing import NewType

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import BadCode
from crypto.keys import SECRET_BYTES, Secret
from crypto.labels import Label, bind

# Without I, L, O and U: what can be misread is not used (Douglas Crockford, "Base 32").
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 4
GROUP_CHARACTERS = 5
CODE_CHARACTERS = GROUPS * GROUP_CHARACTERS

OneTimeCode = NewType("OneTimeCode", str)

_MISREAD = str.maketrans("OIL", "011")


def new_one_time_code() -> OneTimeCode:
    """Return a random code, `XXXXX-XXXXX-XXXXX-XXXXX`."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS)))


def normalise_code(text: str) -> OneTimeCode:
    """Return the code as it was made, whatever the case, spaces and hyphens, O for 0, I and L for 1.

    Raises BadCode if it is not 20 characters of the alphabet.
    """
    kept = [
        character
        for character in unicodedata.normalize("NFKC", text[:256])
        if not character.isspace() and unicodedata.category(character) not in {"Cf", "Pd"}
    ]
    characters = "".join(kept).upper().translate(_MISREAD)
    if len(characters) != CODE_CHARACTERS or not set(characters) <= set(ALPHABET):
        raise BadCode("a one-time code is four groups of five characters")
    return _grouped(characters)


def code_secret(code: OneTimeCode, context: bytes) -> Secret:
    """Return the secret of a code for one context. No password stretching: 100 random bits are not guessed.

    Raises BadCode if it is not a code.
    """
    info = bind(Label.ONE_TIME_CODE, context)
    material = normalise_code(code).encode("ascii")
    return Secret(HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(material))


def _grouped(characters: str) -> OneTimeCode:
    starts = range(0, CODE_CHARACTERS, GROUP_CHARACTERS)
    return OneTimeCode("-".join(characters[start : start + GROUP_CHARACTERS] for start in starts))

"""Canonical JSON (RFC 8785) for the values that the archive signs and hashes.

No floats, text not normalised.
"""

import json

# RFC 8785 writes numbers as JavaScript does; beyond this an integer has no exact form there.
_MAX_INTEGER = 2**53 - 1

# Made once: `json.dumps` builds an encoder for every value. Of keys in ASCII its order is that of RFC 8785.
_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical_json(value: object) -> bytes:
    """Return the one encoding of `value`: dict with text keys, list or tuple, text, int, bool, None.

    Raises ValueError for floats, other types, lone surrogates and integers beyond 2**53 - 1.
    """
    try:
        return (_PLAIN(value) if _is_plain(value) else _encode(value)).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("canonical JSON holds no lone surrogates") from None


def _is_plain(value: object) -> bool:
    """True when every key in it is ASCII. Raises ValueError for what has no encoding."""
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise ValueError("canonical JSON holds integers up to 2**53 - 1")
        return True
    if isinstance(value, list | tuple):
        return False not in {_is_plain(item) for item in value}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("canonical JSON has text keys")
        held = {_is_plain(item) for item in value.values()}
        return False not in held and all(key.isascii() for key in value)
    raise ValueError("canonical JSON holds dict, list, text, int, bool and None")


def _encode(value: object) -> str:
    """Return the encoding of a value that was looked at, some of whose keys are not ASCII."""
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_encode, value)) + "]"
    if isinstance(value, dict):
        # RFC 8785 section 3.2.3 sorts by UTF-16 code units, which differs from code points beyond the BMP.
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_PLAIN(key)}:{_encode(value[key])}" for key in keys) + "}"
    return _PLAIN(value)

"""Canonical JSON (RFC 8785) for the values that the archive signs and hashes.

No floats, text not normalised.
"""

from json.encoder import encode_basestring

# RFC 8785 writes numbers as JavaScript does; beyond this an integer has no exact form there.
_MAX_INTEGER = 2**53 - 1

# What `json.dumps` calls for a text when it must not escape; every entry of the log is written with it.
_quoted = encode_basestring


def canonical_json(value: object) -> bytes:
    """Return the one encoding of `value`: dict with text keys, list or tuple, text, int, bool, None.

    Raises ValueError for floats, other types, lone surrogates and integers beyond 2**53 - 1.
    """
    try:
        return _encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("canonical JSON holds no lone surrogates") from None


def _encode(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise ValueError("canonical JSON holds integers up to 2**53 - 1")
        return str(int(value))
    if isinstance(value, list | tuple):
        return "[" + ",".join([_encode(item) for item in value]) + "]"
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("canonical JSON has text keys")
        # RFC 8785 section 3.2.3 sorts by UTF-16 code units, which differs from code points beyond the BMP.
        plain = all(key.isascii() for key in value)
        keys = (
            sorted(value)
            if plain
            else sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        )
        return "{" + ",".join([f"{_quoted(key)}:{_encode(value[key])}" for key in keys]) + "}"
    raise ValueError("canonical JSON holds dict, list, text, int, bool and None")

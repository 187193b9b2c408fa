"""Names in quotation marks: nicknames and names of war."""

from collections.abc import Iterator

from testimony.detection.names import CALL_ME, MINE
from testimony.detection.spans import Found
from testimony.detection.tokens import Tokens

QUOTED = "quoted-name/1"
_LONGEST_QUOTE = 5
_OPEN = {"«": "»", "“": "”", '"': '"', "„": "“", "‹": "›"}


def quoted_names(tokens: Tokens) -> Iterator[Found]:
    """Yield short quotations, with their marks: names that people are known by."""
    at = 0
    while at < len(tokens):
        closing = _OPEN.get(tokens.words[at])
        end = None
        if closing is not None:
            window = range(at + 2, min(len(tokens), at + _LONGEST_QUOTE + 3))
            end = next((i for i in window if tokens.words[i] == closing), None)
        if end is None or closing is None:
            at += 1
            continue
        if not any(tokens.words[i] in ".!?؟,؛;" for i in range(at + 1, end)):
            nick = any(tokens.form(i) in CALL_ME or tokens.form(i) in MINE for i in range(max(0, at - 4), at))
            yield Found(
                tokens.starts[at], tokens.ends[end], "WITNESS_NICKNAME" if nick else "PERP_ALIAS", QUOTED
            )
        at = end + 1

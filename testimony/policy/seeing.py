"""How deep an entry of the log went: words of a testimony, who somebody is, or only that there is one."""

from collections.abc import Iterable
from enum import StrEnum

from testimony.domain.audit import Action


class Depth(StrEnum):
    """Words: text, a file, an excerpt, what is coded of it. Identity: who the witness is. About: codes and states."""

    WORDS = "words"
    IDENTITY = "identity"
    ABOUT = "about"


_WORDS = frozenset(
    {
        "text",
        "original",
        "originals",
        "snippet",
        "result",
        "release",
        "recipient-release",
        "recipient-file",
        "recipient-package",
        "attachment",
        "preview",
        "faces",
        "file-copy",
        "marks",
        "mentions",
        "residual",
        "acts",
        "suggestion",
        "similar",
    }
)

_SHOWN = frozenset({Action.LIST_SHOWN, Action.ITEM_SHOWN})


def depth_of(action: Action, fields: Iterable[str]) -> Depth | None:
    """What was seen; None for an act that shows nothing (writing, deciding, being refused)."""
    if action is Action.IDENTITY_SHOWN:
        return Depth.IDENTITY
    if action not in _SHOWN:
        return None
    return Depth.ABOUT if _WORDS.isdisjoint(fields) else Depth.WORDS

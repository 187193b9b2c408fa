"""What can be wrong with a file that is to be copied. Nothing here says anything of what is in it."""

from enum import StrEnum


class Fault(StrEnum):
    """Why a file was not copied; a stable word that pages translate."""

    NOT_SUPPORTED = "not_supported"
    NOT_READABLE = "not_readable"
    TOO_LARGE = "too_large"
    SEVERAL_FRAMES = "several_frames"
    LOCKED = "locked"
    OUTSIDE = "outside"
    TOOK_TOO_LONG = "took_too_long"
    TOOL_MISSING = "tool_missing"


class MediaRefused(Exception):
    """The file was not copied. `fault` says why, without a word of its content."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.value)

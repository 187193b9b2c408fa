"""What a consent asks of copies of files, whatever audience they are for: a voice changed, faces hidden.

Text is bound by neither. The words are the witness's about themselves, so one purpose that was allowed under such a
condition binds every copy: a file that was saved serves any purpose.
"""

from collections.abc import Iterable
from dataclasses import dataclass

VOICE_CHANGED, FACES_HIDDEN = "CC05", "CC06"
OF_COPIES = frozenset((VOICE_CHANGED, FACES_HIDDEN))


@dataclass(frozen=True, slots=True)
class CopyKind:
    """What a copy is. changes_voice: all its sound is changed. hides_faces: two people signed that no face is seen."""

    mime: str
    changes_voice: bool
    hides_faces: bool

    @property
    def has_sound(self) -> bool:
        return self.mime.startswith(("audio/", "video/"))

    @property
    def has_picture(self) -> bool:
        # What is not known to be without pictures may have them.
        return not self.mime.startswith(("audio/", "text/"))


def asked_of_copies(allowed: Iterable[Iterable[str]]) -> frozenset[str]:
    """allowed: the conditions of each purpose that was allowed, as codes of consent_condition.csv."""
    return frozenset(code for conditions in allowed for code in conditions) & OF_COPIES


def unmet(kind: CopyKind, asked: frozenset[str]) -> frozenset[str]:
    """Those of the conditions that a copy does not meet."""
    broken = {
        VOICE_CHANGED: kind.has_sound and not kind.changes_voice,
        FACES_HIDDEN: kind.has_picture and not kind.hides_faces,
    }
    return frozenset(code for code in asked if broken.get(code, True))

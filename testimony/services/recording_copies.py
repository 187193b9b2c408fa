"""Copies of sound and film: passages silenced, parts covered, the voice changed. The rest is as for any copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.media import recordings
from testimony.media.faults import Fault, MediaRefused
from testimony.media.recordings import TONE_HERTZ, VOICE_FACTOR, Covered, Passage, Plan
from testimony.policy.access import Permission, require
from testimony.services.copy_parameters import edges_of, told_of_faces
from testimony.services.derivatives import content_of_file
from testimony.services.keeping_copies import find_file, keep
from testimony.services.sessions import Session

_MILLISECONDS = 1000
_PER_MILLE = 1000


@dataclass(frozen=True, slots=True)
class Silenced:
    """A passage nobody hears, and why. category: code of redaction.csv; raises Invalid for another."""

    passage: Passage
    category: str

    def __post_init__(self) -> None:
        _require_category(self.category)


@dataclass(frozen=True, slots=True)
class Blacked:
    """A part of a film nobody sees for a passage, and why. Raises Invalid as `Silenced`."""

    covered: Covered
    category: str

    def __post_init__(self) -> None:
        _require_category(self.category)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to a recording, and why. hides_faces: every face is covered while it is seen, or there is none."""

    silenced: tuple[Silenced, ...] = ()
    blacked: tuple[Blacked, ...] = ()
    changes_voice: bool = False
    hides_faces: bool = False
    has_tone: bool = False

    def plan(self) -> Plan:
        """Raises MediaRefused."""
        silenced = tuple(part.passage for part in self.silenced)
        return Plan(silenced, tuple(part.covered for part in self.blacked), self.changes_voice, self.has_tone)


def is_recording(mime: str) -> bool:
    """Whether a file came as sound or film, as its sender said."""
    return mime.startswith(("audio/", "video/"))


def make_recording(
    session: Session,
    code: str,
    number: int,
    audience: Audience,
    treatment: Treatment,
    now: datetime,
    recipient_id: str = "",
) -> str:
    """Make a copy of a recording and put it before a second reviewer; return its id. recipient_id: as for `keep`.

    Raises NotFound; Invalid when it cannot be copied, `tool_missing` where there is no FFmpeg; as `open_account`.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account, attachment = find_file(session, work, code, number)
    if not is_recording(attachment.mime):
        raise Invalid((Problem("file", Fault.NOT_SUPPORTED.value),))
    redact = recordings.redact_film if attachment.mime.startswith("video/") else recordings.redact_sound
    content = content_of_file(session, account, attachment)
    try:
        made = redact(content, treatment.plan())
    except MediaRefused as refused:
        raise Invalid((Problem("file", refused.fault.value),)) from None
    return keep(session, attachment, audience, made, parameters_of(treatment), now, recipient_id)


def parameters_of(treatment: Treatment) -> bytes:
    """As they are signed: times in milliseconds, edges in millionths, the voice in thousandths, the tone in hertz."""
    return canonical_json(
        {
            "boxes": [
                [*_edges(part.covered), *_times(part.covered.passage), part.category]
                for part in treatment.blacked
            ],
            "silenced": [[*_times(part.passage), part.category] for part in treatment.silenced],
            "voice": round(VOICE_FACTOR * _PER_MILLE) if treatment.changes_voice else None,
            **({"tone": TONE_HERTZ} if treatment.has_tone else {}),
            **told_of_faces(hides_faces=treatment.hides_faces),
        }
    )


def _edges(covered: Covered) -> Sequence[int]:
    """Four, and of a box that moves eight: where it begins and where it ends."""
    return *edges_of(covered.box), *(edges_of(covered.to) if covered.to else ())


def _times(passage: Passage) -> Sequence[int]:
    return round(passage.start * _MILLISECONDS), round(passage.end * _MILLISECONDS)


def _require_category(category: str) -> None:
    if category not in load("redaction"):
        raise Invalid((Problem("category", "unknown_code"),))

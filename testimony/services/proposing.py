"""What the detectors propose for an account when a reviewer takes it: undecided marks, and who could not say.

A suggestion is never a decision. Until it is decided it is withheld, and nothing of the account can be approved.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from testimony.detection.places import Gazetteer
from testimony.detection.protecting import LIST, Protect
from testimony.detection.spans import Span
from testimony.detection.suggesting import Suggestions, suggest
from testimony.domain.matching import fold
from testimony.domain.redaction import Mark, MarkDecision, categories, suggest_from_protect
from testimony.domain.statement import ProtectItem
from testimony.services.mark_acts import MAX_SUGGESTIONS

TOO_MANY = "more-than-shown/1"

Detect = Callable[[str, str, tuple[Protect, ...], tuple[Gazetteer, ...]], Suggestions]


@dataclass(frozen=True, slots=True)
class Proposed:
    """failed: names and versions of detectors that broke, took too long, or found more than is kept."""

    marks: tuple[Mark, ...]
    failed: tuple[str, ...]


def detect(
    text: str, language: str, protect: tuple[Protect, ...], gazetteers: tuple[Gazetteer, ...]
) -> Suggestions:
    """The detectors that come with the archive."""
    return suggest(text, language, protect, gazetteers=gazetteers)


def detect_nothing(
    text: str, language: str, protect: tuple[Protect, ...], gazetteers: tuple[Gazetteer, ...]
) -> Suggestions:
    """For accounts whose marks are known beforehand, as those of the demonstration: only the witness's list."""
    return Suggestions(())


def propose(
    text: str,
    language: str,
    items: tuple[ProtectItem, ...],
    detecting: Detect = detect,
    *,
    places: Iterable[str] = (),
) -> Proposed:
    """Return the witness's own list first, then what the detectors found beside it.

    places: names that people of this archive added, known in no gazetteer that could come with it.
    """
    listed = tuple(suggest_from_protect(text, items))
    protect = tuple(Protect(item.text, item.kind) for item in items)
    said = detecting(text, language, protect, (Gazetteer.of(places),))
    known = {(mark.start, mark.end) for mark in listed}
    found = [span for span in said.spans if (span.start, span.end) not in known and span.detector != LIST]
    # The narrow ones first where not all can be kept: names and numbers tell more than clauses.
    room = max(0, MAX_SUGGESTIONS - len(listed))
    kept = sorted(found, key=lambda span: (span.end - span.start, span.start))[:room]
    failed = [failure.detector for failure in said.failures]
    if len(kept) < len(found) or len(listed) > MAX_SUGGESTIONS:
        failed.append(TOO_MANY)
    kept.sort(key=lambda span: (span.start, span.end))
    return Proposed((*listed[:MAX_SUGGESTIONS], *_marks(text, kept)), tuple(failed))


def _marks(text: str, spans: list[Span]) -> tuple[Mark, ...]:
    """Mentions of one word are one entity, so that a reviewer can decide them together."""
    entities: dict[str, str] = {}
    marks = []
    for number, span in enumerate(spans):
        said = fold(text[span.start : span.end])
        entity = entities.setdefault(said, f"found-{len(entities)}")
        marks.append(
            Mark(
                id=f"found-{number}",
                start=span.start,
                end=span.end,
                category=span.category,
                withheld_from=categories()[span.category].withheld_from,
                decision=MarkDecision.PROPOSED,
                entity=entity,
                detector=span.detector,
            )
        )
    return tuple(marks)

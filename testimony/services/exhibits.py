"""Which consent lets which kind of file be kept. Pure."""

from collections.abc import Iterable, Mapping

from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Purpose
from testimony.domain.statement import AttachmentRef

_ANY_OF: Mapping[str, frozenset[Purpose]] = {
    "XK01": frozenset({Purpose.CP04, Purpose.CP05}),
    "XK02": frozenset({Purpose.CP03, Purpose.CP05}),
    "XK03": frozenset({Purpose.CP02, Purpose.CP05}),
    "XK12": frozenset({Purpose.CP02, Purpose.CP03}),
    "XK13": frozenset({Purpose.CP01}),
}
"""For each kind of exhibit.csv: one of these must be granted. Any other kind is something the witness
showed.
"""

_SHOWN = frozenset({Purpose.CP05})


def needed_for(kind: str) -> frozenset[Purpose]:
    """Return the purposes of which one must be granted before a file of this kind may be kept."""
    return _ANY_OF.get(kind, _SHOWN)


def may_keep(kind: str, granted: frozenset[Purpose]) -> bool:
    return not granted.isdisjoint(needed_for(kind))


def require_consented(files: Iterable[AttachmentRef], granted: frozenset[Purpose]) -> None:
    """Raises Invalid naming every file, by its number from 0, that the witness did not allow to be kept."""
    problems = tuple(
        Problem(f"attachments.{number}", "not_consented")
        for number, file in enumerate(files)
        if not may_keep(file.kind, granted)
    )
    if problems:
        raise Invalid(problems)

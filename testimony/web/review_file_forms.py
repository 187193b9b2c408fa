"""The forms and view models of copies of files: boxes as numbers in per cent, so that no script is needed."""

from dataclasses import dataclass, replace

from flask import request
from flask_babel import lazy_gettext
from wtforms import BooleanField, StringField

from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Audience
from testimony.domain.redaction import categories
from testimony.media.boxes import MAX_BOXES, Box
from testimony.media.faults import Fault, MediaRefused
from testimony.media.recordings import Covered, Passage
from testimony.services.approving_files import FileTick
from testimony.services.derivatives import Hidden
from testimony.services.recording_copies import Blacked, Silenced, Treatment
from testimony.storage.disclosures import parts_of_layer
from testimony.web.forms import ArchiveForm

EMPTY_ROWS = 4
_EDGES = ("left", "top", "width", "height")
_HAIR = 1e-6
"""What adding two numbers typed in per cent may be above the whole."""


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One row of the form as it was typed."""

    left: str = ""
    top: str = ""
    width: str = ""
    height: str = ""
    page: str = ""
    category: str = ""
    start: str = ""
    end: str = ""
    to_left: str = ""
    to_top: str = ""
    to_width: str = ""
    to_height: str = ""

    @property
    def moves(self) -> bool:
        return any(getattr(self, f"to_{edge}").strip() for edge in _EDGES)

    @property
    def has_box(self) -> bool:
        return any(getattr(self, edge).strip() for edge in _EDGES)

    @property
    def is_empty(self) -> bool:
        return not (self.has_box or self.moves or self.start.strip() or self.end.strip())


class CopyForm(ArchiveForm):
    audience = StringField(lazy_gettext("For whom"))
    recording = BooleanField()
    voice = BooleanField(lazy_gettext("Change the voice"))
    tone = BooleanField(lazy_gettext("A tone in place of silence"))
    faces = BooleanField(lazy_gettext("Every face is covered, or there is none"))

    @property
    def is_of_recording(self) -> bool:
        return bool(self.recording.data)

    def layer_chosen(self) -> tuple[Audience, str]:
        """Raises Invalid."""
        return layer_named(self.text("audience"))

    def rows(self, suggested: tuple[Box, ...] = ()) -> tuple[BoxRow, ...]:
        """What was typed, what a detector suggests, and a few empty rows behind both."""
        return (*self._typed(), *map(_suggested, suggested), *(BoxRow() for _ in range(EMPTY_ROWS)))

    def hidden(self) -> tuple[Hidden, ...]:
        """Raises Invalid."""
        return tuple(_hidden(row) for row in self._typed())

    def treatment(self) -> Treatment:
        """A row with a box is covered for its passage, one without is silenced. Raises Invalid."""
        rows = self._typed()
        return Treatment(
            tuple(Silenced(_passage(row), row.category) for row in rows if not row.has_box),
            tuple(
                Blacked(Covered(_hidden(row).box, _passage(row), _end_of_way(row)), row.category)
                for row in rows
                if row.has_box
            ),
            bool(self.voice.data),
            bool(self.faces.data),
            bool(self.tone.data),
        )

    def _typed(self) -> tuple[BoxRow, ...]:
        names = (*_EDGES, "page", "category", "start", "end", *(f"to_{edge}" for edge in _EDGES))
        columns = [request.form.getlist(name)[: MAX_BOXES + 1] for name in names]
        # Every page sends a category a row; a column that it does not ask for is empty.
        count = len(columns[names.index("category")])
        rows = (
            BoxRow(*(column[at] if at < len(column) else "" for column in columns)) for at in range(count)
        )
        return tuple(row for row in rows if not row.is_empty)


def layer_named(value: str) -> tuple[Audience, str]:
    """The audience and the id of the one recipient, empty for none, as a form names them. Raises Invalid."""
    audience, recipient_id = parts_of_layer(value)
    if audience not in {audience.value for audience in Audience}:
        raise Invalid((Problem("audience", "unknown_code"),))
    return Audience(audience), recipient_id


class ApproveFileForm(ArchiveForm):
    nobody_recognised = BooleanField(
        lazy_gettext(
            "Nobody can be recognised: no face, voice, name, number, place or thing gives a person away."
        )
    )
    named_details_hidden = BooleanField(
        lazy_gettext("The further details that the witness named are hidden.")
    )

    faces_hidden = BooleanField(
        lazy_gettext("No face can be seen: every one is covered, all the time it is there, or there is none.")
    )

    def ticks(self) -> frozenset[FileTick]:
        return frozenset(tick for tick in FileTick if self[tick.value].data)


def _hidden(row: BoxRow) -> Hidden:
    left, top, width, height = (_fraction(getattr(row, edge)) for edge in _EDGES)
    if row.category not in categories():
        raise Invalid((Problem("undecided" if not row.category else "category", "unknown_code"),))
    page = row.page.strip() or "1"
    if not (page.isascii() and page.isdigit() and len(page) <= 4):
        raise Invalid((Problem("boxes", Fault.OUTSIDE.value),))
    try:
        return Hidden(Box(left, top, _end(left + width), _end(top + height), int(page)), row.category)
    except MediaRefused as refused:
        raise Invalid((Problem("boxes", refused.fault.value),)) from None


def _end_of_way(row: BoxRow) -> Box | None:
    """Where a box that moves ends; what is not said of it stays as it began. Raises Invalid."""
    if not row.moves:
        return None
    ends = {edge: getattr(row, f"to_{edge}").strip() or getattr(row, edge) for edge in _EDGES}
    return _hidden(replace(row, **ends)).box


def _suggested(box: Box) -> BoxRow:
    """A row without a category: nothing is made while it is undecided."""
    left, top, width, height = (
        f"{edge * 100:.2f}" for edge in (box.left, box.top, box.right - box.left, box.bottom - box.top)
    )
    return BoxRow(left, top, width, height, str(box.page))


def _passage(row: BoxRow) -> Passage:
    """Raises Invalid."""
    try:
        return Passage(_seconds(row.start), _seconds(row.end))
    except MediaRefused as refused:
        raise Invalid((Problem("boxes", refused.fault.value),)) from None


def _seconds(text: str) -> float:
    """Seconds, or minutes and hours before them with colons. Raises Invalid."""
    parts = [part.replace(",", ".") for part in text.strip().split(":")]
    if len(parts) > len(("hours", "minutes", "seconds")):
        raise Invalid((Problem("boxes", Fault.OUTSIDE.value),))
    try:
        return sum(float(part) * 60.0**place for place, part in enumerate(reversed(parts)))
    except ValueError:
        raise Invalid((Problem("boxes", Fault.OUTSIDE.value),)) from None


def _fraction(text: str) -> float:
    """Per cent as people write them, a comma or a point between. Raises Invalid."""
    try:
        return float(text.strip().replace(",", ".")) / 100
    except ValueError:
        raise Invalid((Problem("boxes", Fault.OUTSIDE.value),)) from None


def _end(edge: float) -> float:
    return 1.0 if 1 < edge < 1 + _HAIR else edge

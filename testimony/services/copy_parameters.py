"""How what was done to a copy is written into what both reviewers sign: whole numbers alone, no fractions."""

from testimony.media.boxes import Box

_PARTS = 1_000_000
"""A box is signed in whole millionths of the picture: signed values hold no fractions."""


def told_of_faces(*, hides_faces: bool) -> dict[str, bool]:
    return {"faces": True} if hides_faces else {}


def edges_of(box: Box) -> tuple[int, int, int, int]:
    """As they are signed, in millionths of the picture."""
    left, top, right, bottom = (round(edge * _PARTS) for edge in (box.left, box.top, box.right, box.bottom))
    return left, top, right, bottom

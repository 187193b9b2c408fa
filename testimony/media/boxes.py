"""Boxes to burn into a picture, in fractions of it, so that a preview of another size says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from PIL import Image

from testimony.media.faults import Fault, MediaRefused

MAX_BOXES = 500
GRID = 16
"""Pixels. A JPEG of a telephone keeps colour in blocks of this size, and what lay in a box rings as far as its
block goes. A box that ends where blocks end leaves nothing of that.
"""
MARGIN = 0.005
"""Of the shorter side, on each side of a box: a hand draws close."""
COLOUR = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Box:
    """From the left and the top, 0 to 1. page: from 1; pictures have one.

    Raises MediaRefused (outside) unless it lies inside and holds something.
    """

    left: float
    top: float
    right: float
    bottom: float
    page: int = 1

    def __post_init__(self) -> None:
        # Written so that what is no number fails too.
        inside = 0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1
        if not inside or self.page < 1:
            raise MediaRefused(Fault.OUTSIDE)

    @classmethod
    def of_pixels(cls, edges: tuple[int, int, int, int], size: tuple[int, int], page: int = 1) -> Self:
        """edges: left, top, right, bottom; size: width and height of the picture as it is shown."""
        (left, top, right, bottom), (width, height) = edges, size
        return cls(left / width, top / height, right / width, bottom / height, page)


def burn(picture: Image.Image, boxes: Sequence[Box]) -> None:
    """Overwrite the pixels of each box, its margin and the blocks it touches, in place."""
    for box in boxes:
        picture.paste(COLOUR, covered(box, picture.size))


def covered(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The pixels that a box takes in a picture of this size: left, top, right, bottom."""
    width, height = size
    margin = min(size) * MARGIN
    return (
        _down(box.left * width - margin),
        _down(box.top * height - margin),
        min(_up(box.right * width + margin), width),
        min(_up(box.bottom * height + margin), height),
    )


def _down(pixel: float) -> int:
    return max(int(pixel // GRID) * GRID, 0)


def _up(pixel: float) -> int:
    return int(-(-pixel // GRID)) * GRID

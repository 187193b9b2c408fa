"""Places in a picture that may be faces, to be decided by a person. Never applied alone.

The detector is OpenCV's: cascades of Haar features (Viola and Jones, 2001; Lienhart and Maydt, 2002) that ship inside
its package, for faces from the front and from either side. It is an extra (`testimony-archive[faces]`), since the
package is larger than all the rest of the archive. It misses faces that are small, turned, covered, dark or blurred,
and finds some where there are none: who looks at the picture decides, and looks for the others.
"""

import importlib
import importlib.util
from typing import Any

from PIL import Image

from testimony.media.boxes import Box
from testimony.media.faults import Fault, MediaRefused

MAX_SIDE = 1600
MAX_FACES = 100
_WIDER = 0.15
"""Of a face's side, on each side: hair, ears and chin tell too, and the cascades stop before them."""
_FRONT, _SIDE = "haarcascade_frontalface_default.xml", "haarcascade_profileface.xml"


def is_installed() -> bool:
    return importlib.util.find_spec("cv2") is not None


def suggest_faces(picture: Image.Image, page: int = 1) -> tuple[tuple[Box, ...], str]:
    """Boxes that may hold a face, and the detector with its version. Raises MediaRefused without the extra."""
    if not is_installed():
        raise MediaRefused(Fault.TOOL_MISSING)
    cv2 = importlib.import_module("cv2")
    cv2.setNumThreads(1)
    small = picture.convert("L")
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    pixels = importlib.import_module("numpy").asarray(small)
    front, side = (cv2.CascadeClassifier(cv2.data.haarcascades + name) for name in (_FRONT, _SIDE))
    mirrored = pixels[:, ::-1].copy()
    found = [*_found(front, pixels), *_found(side, pixels)]
    found += [(small.width - x - w, y, w, h) for x, y, w, h in _found(side, mirrored)]
    boxes = tuple(_box(place, small.size, page) for place in _apart(found)[:MAX_FACES])
    return boxes, f"OpenCV/{cv2.__version__} Haar cascades"


def _found(cascade: Any, pixels: Any) -> list[tuple[int, int, int, int]]:
    """x, y, width, height of each."""
    places = cascade.detectMultiScale(pixels, scaleFactor=1.08, minNeighbors=4, minSize=(24, 24))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in places]


def _apart(places: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Without those whose middle lies in a larger one."""
    kept: list[tuple[int, int, int, int]] = []
    for x, y, w, h in sorted(places, key=lambda place: -place[2] * place[3]):
        across, down = x + w / 2, y + h / 2
        if not any(a <= across <= a + c and b <= down <= b + d for a, b, c, d in kept):
            kept.append((x, y, w, h))
    return sorted(kept)


def _box(place: tuple[int, int, int, int], size: tuple[int, int], page: int) -> Box:
    x, y, w, h = place
    edges = (
        max(x - round(w * _WIDER), 0),
        max(y - round(h * _WIDER), 0),
        min(x + w + round(w * _WIDER), size[0]),
        min(y + h + round(h * _WIDER), size[1]),
    )
    return Box.of_pixels(edges, size, page)

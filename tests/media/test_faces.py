"""Faces are suggested by a detector that may not be there; it never decides."""

import importlib.util
import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from testimony.media import copying, faces
from testimony.media.faces import suggest_faces
from testimony.media.faults import Fault, MediaRefused
from tests.media.samples import noise

needs_detector = pytest.mark.skipif(
    importlib.util.find_spec("cv2") is None, reason="the extra `faces` is not installed"
)


def drawn_face() -> Image.Image:
    """Eyes, brows, a nose, a mouth and hair, between 300 and 540 across and 110 and 460 down, on grey."""
    picture = Image.new("L", (900, 700), 120)
    draw, x, y = ImageDraw.Draw(picture), 300, 150
    draw.ellipse((x, y, x + 240, y + 310), fill=205)
    draw.ellipse((x - 5, y - 40, x + 245, y + 110), fill=50)
    draw.ellipse((x + 15, y + 30, x + 225, y + 300), fill=205)
    for eye in (x + 70, x + 170):
        draw.rectangle((eye - 32, y + 92, eye + 32, y + 104), fill=70)
        draw.ellipse((eye - 28, y + 112, eye + 28, y + 142), fill=110)
        draw.ellipse((eye - 12, y + 115, eye + 12, y + 140), fill=20)
    draw.polygon([(x + 120, y + 130), (x + 98, y + 205), (x + 142, y + 205)], fill=225)
    draw.rectangle((x + 98, y + 203, x + 142, y + 212), fill=130)
    draw.ellipse((x + 72, y + 232, x + 168, y + 262), fill=95)
    return picture.filter(ImageFilter.GaussianBlur(3)).convert("RGB")


@needs_detector
def test_a_face_is_suggested_with_the_detector_and_its_version() -> None:
    boxes, detector = suggest_faces(drawn_face())

    assert detector.startswith("OpenCV/4.") and len(boxes) == 1
    (box,) = boxes
    assert box.left < 0.35 and box.right > 0.58 and box.top < 0.3 and box.bottom > 0.62


@needs_detector
def test_faces_are_looked_for_in_the_process_that_decodes() -> None:
    target = io.BytesIO()
    drawn_face().save(target, "PNG")

    boxes, _ = copying.suggest_faces(target.getvalue())

    assert len(boxes) == 1


@needs_detector
def test_where_nothing_is_nothing_is_suggested() -> None:
    assert suggest_faces(Image.new("RGB", (200, 200)))[0] == ()
    assert len(suggest_faces(noise((400, 400)))[0]) < 10


def test_without_the_detector_it_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "is_installed", lambda: False)

    with pytest.raises(MediaRefused) as refused:
        suggest_faces(noise())
    assert refused.value.fault is Fault.TOOL_MISSING
    with pytest.raises(MediaRefused) as refused:
        copying.suggest_faces(b"")
    assert refused.value.fault is Fault.TOOL_MISSING

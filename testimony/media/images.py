"""Pictures made anew from their pixels.

A picture is decoded under limits, turned as its camera held it, flattened, covered and encoded again from raw pixels:
no metadata, no thumbnail, no colour profile, no second picture, no byte after the end goes with it. Decoders are where
hostile files strike, so this runs in the process of `worker.py`.
"""

import io
import warnings
from collections.abc import Sequence

import PIL
from PIL import Image, ImageOps, UnidentifiedImageError

from testimony.media.boxes import Box, burn
from testimony.media.faults import Fault, MediaRefused

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""What is decoded; a JPEG may turn out an MPO, which telephones make. The others of the library are rare, and each is
one more parser.
"""
MAX_PIXELS = 110_000_000
"""A telephone of today takes up to 108 million."""
PREVIEW_SIDE = 1600
QUALITY = 90
TOOL = f"testimony.media.images/1 Pillow/{PIL.__version__}"

PNG, JPEG = "image/png", "image/jpeg"


def redact_image(content: bytes, boxes: Sequence[Box]) -> tuple[bytes, str]:
    """The picture with its boxes burnt in, and its MIME type: a JPEG stays one, all else becomes PNG.

    Raises MediaRefused.
    """
    if any(box.page != 1 for box in boxes):
        raise MediaRefused(Fault.OUTSIDE)
    picture, was_jpeg = decode(content)
    burn(picture, boxes)
    return (encode_jpeg(picture), JPEG) if was_jpeg else (_encode_png(picture), PNG)


def preview_image(content: bytes) -> bytes:
    """A JPEG to draw boxes on, no side longer than PREVIEW_SIDE. Raises MediaRefused."""
    picture, _ = decode(content)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return encode_jpeg(picture)


def decode(content: bytes) -> tuple[Image.Image, bool]:
    """The pixels alone, upright, RGB; and whether they came as JPEG. Raises MediaRefused."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decoded(content)
        except MediaRefused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
            raise MediaRefused(Fault.TOO_LARGE) from None
        except UnidentifiedImageError:
            raise MediaRefused(Fault.NOT_SUPPORTED) from None
        except Exception:
            # A decoder that meets a broken file raises whatever its author did not think of.
            raise MediaRefused(Fault.NOT_READABLE) from None


def encode_jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    # Colours at full width: halved, a reader would smooth them over the edge of a box.
    _bare(picture).save(target, "JPEG", quality=QUALITY, subsampling=0)
    return target.getvalue()


def _encode_png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    _bare(picture).save(target, "PNG")
    return target.getvalue()


def _decoded(content: bytes) -> tuple[Image.Image, bool]:
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise MediaRefused(Fault.TOO_LARGE)
        # The second picture of an MPO is the first one again, for a preview or from the other eye.
        if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
            raise MediaRefused(Fault.SEVERAL_FRAMES)
        opened.load()
        was_jpeg = opened.format in ("JPEG", "MPO")
        return _flat(_upright(opened)), was_jpeg


def _upright(opened: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(opened)
    except Exception:
        # What a broken EXIF says of the camera cannot be known; the reviewer sees how the picture stands.
        return opened


def _flat(picture: Image.Image) -> Image.Image:
    """RGB on white. What an alpha channel hides must not come to light because the channel is dropped."""
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def _bare(picture: Image.Image) -> Image.Image:
    """A picture that carries nothing but pixels: encoders write what they find in `info`."""
    return Image.frombytes("RGB", picture.size, picture.tobytes())

"""A picture is made anew from its pixels: what lay under a box, beside the pixels or after the end is gone."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from testimony.media.boxes import Box, covered
from testimony.media.faults import Fault, MediaRefused
from testimony.media.images import MAX_PIXELS, PREVIEW_SIDE, preview_image, redact_image
from tests.media.samples import SECRET, SIZE, encoded, noise, telling_exif, telling_jpeg

BOX = Box(0.2, 0.3, 0.5, 0.6)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def fault_of(content: bytes, *boxes: Box) -> Fault:
    with pytest.raises(MediaRefused) as refused:
        redact_image(content, boxes)
    return refused.value.fault


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_every_pixel_of_a_box_is_of_one_colour(kind: str) -> None:
    made, _ = redact_image(encoded(noise(), kind), [BOX])

    inside = opened(made).convert("RGB").crop(covered(BOX, SIZE))
    assert inside.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_what_lies_outside_the_boxes_stays_as_it_was() -> None:
    picture = noise()

    made, mime = redact_image(encoded(picture, "PNG"), [BOX])

    left, top, right, bottom = covered(BOX, SIZE)
    shown = opened(made)
    assert mime == "image/png" and shown.size == SIZE
    for part in ((0, 0, SIZE[0], top), (0, bottom, *SIZE), (0, 0, left, SIZE[1]), (right, 0, *SIZE)):
        assert shown.crop(part).tobytes() == picture.crop(part).tobytes()


def test_a_box_is_wider_than_it_was_drawn() -> None:
    left, top, right, bottom = covered(Box(0.5, 0.5, 0.5001, 0.5001), (1600, 1600))

    assert left <= 800 - 8 and top <= 800 - 8 and right >= 800 + 8 and bottom >= 800 + 8


def test_a_box_at_the_edge_stays_inside_the_picture() -> None:
    assert covered(Box(0, 0, 1, 1), SIZE) == (0, 0, *SIZE)


def test_a_box_in_pixels_is_the_same_box() -> None:
    assert Box.of_pixels((20, 30, 50, 60), (100, 100)) == BOX


@pytest.mark.parametrize(
    "edges",
    [
        (0.5, 0.1, 0.5, 0.2),
        (0.6, 0.1, 0.5, 0.2),
        (-0.1, 0, 1, 1),
        (0, 0, 1.01, 1),
        (float("nan"), 0, 1, 1),
        (0, 0, float("inf"), 1),
    ],
)
def test_a_box_that_is_empty_or_leaves_the_picture_is_refused(
    edges: tuple[float, float, float, float],
) -> None:
    with pytest.raises(MediaRefused) as refused:
        Box(*edges)

    assert refused.value.fault is Fault.OUTSIDE


def test_a_box_on_a_second_page_of_a_picture_is_refused() -> None:
    assert fault_of(encoded(noise(), "PNG"), Box(0, 0, 1, 1, page=2)) is Fault.OUTSIDE


def test_nothing_that_stands_beside_the_pixels_is_kept() -> None:
    content = telling_jpeg() + SECRET
    assert content.count(SECRET) > 3

    made, mime = redact_image(content, [])

    shown = opened(made)
    assert mime == "image/jpeg" and SECRET not in made and b"Exif" not in made
    assert dict(shown.getexif()) == {} and not {"comment", "icc_profile", "exif"} & shown.info.keys()


def test_text_in_a_png_is_not_kept() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", SECRET.decode())
    told.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    content = encoded(noise(), "PNG", pnginfo=told, exif=telling_exif())
    assert SECRET in content

    made, _ = redact_image(content, [])

    assert SECRET not in made and {name for name, _ in chunks(made)} == {b"IHDR", b"IDAT", b"IEND"}


def test_a_picture_lies_as_its_camera_held_it_before_boxes_are_burnt_in() -> None:
    made, _ = redact_image(telling_jpeg(orientation=6), [BOX])

    turned = (SIZE[1], SIZE[0])
    assert opened(made).size == turned
    assert opened(made).crop(covered(BOX, turned)).getextrema() == ((0, 0), (0, 0), (0, 0))


def test_pixels_that_were_transparent_do_not_come_to_light() -> None:
    hidden = Image.new("RGBA", (64, 64), (200, 10, 10, 0))

    made, _ = redact_image(encoded(hidden, "PNG"), [])

    assert opened(made).getextrema() == ((255, 255), (255, 255), (255, 255))


def test_nothing_of_the_original_is_in_the_copy() -> None:
    content = telling_jpeg()

    made, _ = redact_image(content, [BOX])

    scan = content[len(content) // 2 :]
    assert not any(scan[at : at + 24] in made for at in range(0, len(scan) - 24, 97))


def test_a_preview_is_small_and_bare() -> None:
    big = encoded(noise((2400, 800)), "JPEG", exif=telling_exif())

    shown = opened(preview_image(big))

    assert max(shown.size) == PREVIEW_SIDE and dict(shown.getexif()) == {}


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def png_of(width: int, height: int) -> bytes:
    """A header that promises this size, and hardly any pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.NOT_SUPPORTED),
        (b"no picture at all", Fault.NOT_SUPPORTED),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", Fault.NOT_SUPPORTED),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", Fault.NOT_SUPPORTED),
        (png_of(100_000, 100_000), Fault.TOO_LARGE),
        (png_of(MAX_PIXELS + 1, 1), Fault.TOO_LARGE),
        (png_of(300, 300), Fault.NOT_READABLE),
        (encoded(noise(), "JPEG")[:4000], Fault.NOT_READABLE),
        (encoded(noise(), "GIF", save_all=True, append_images=[noise()]), Fault.SEVERAL_FRAMES),
        (encoded(noise(), "TIFF", save_all=True, append_images=[noise()]), Fault.SEVERAL_FRAMES),
    ],
)
def test_what_cannot_be_decoded_within_limits_is_refused_with_a_word(content: bytes, fault: Fault) -> None:
    assert fault_of(content) is fault

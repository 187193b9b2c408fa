"""Sound and film made anew by FFmpeg; skipped where there is none, but for what is said then."""

import array
import io
import itertools
import re
import shutil
import subprocess
import wave
from pathlib import Path

import pytest

from testimony.media import recordings
from testimony.media.boxes import Box
from testimony.media.faults import Fault, MediaRefused
from testimony.media.recordings import Covered, Passage, Plan, redact_film, redact_sound

FFMPEG = shutil.which("ffmpeg")
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="FFmpeg is not on this machine")
SECRET = "INEKAR-WELL-KEEPER"


@pytest.fixture(autouse=True)
def ffmpeg_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    if FFMPEG is not None:
        monkeypatch.setattr(recordings, "PLACES", str(Path(FFMPEG).parent))


def ffmpeg(*arguments: str, given: bytes = b"") -> bytes:
    command = (str(FFMPEG), "-hide_banner", "-loglevel", "error", *arguments)
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def telling_sound() -> bytes:
    """Four seconds of a tone, with a title, in MP4, whose index is at its end."""
    return ffmpeg(
        *("-f", "lavfi", "-i", "sine=frequency=440:duration=4", "-metadata", f"title={SECRET}"),
        *("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"),
    )


def telling_film() -> bytes:
    return ffmpeg(
        *("-f", "lavfi", "-i", "color=c=white:size=320x240:rate=10:duration=4"),
        *("-f", "lavfi", "-i", "sine=frequency=440:duration=4", "-metadata", f"title={SECRET}"),
        *("-c:v", "libvpx", "-c:a", "libopus", "-f", "webm", "pipe:1"),
    )


def loudness(content: bytes, start: float, end: float) -> int:
    """The largest sample between two moments."""
    raw = ffmpeg("-i", "pipe:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1", given=content)
    samples = array.array("h", raw)[int(start * 8000) : int(end * 8000)]
    return max(map(abs, samples))


def pixels(content: bytes, second: float) -> bytes:
    """One frame, a byte a pixel, 320 to a row."""
    return ffmpeg(
        "-i", "pipe:0", "-ss", str(second), "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1",
        given=content,
    )  # fmt: skip


@needs_ffmpeg
def test_a_passage_is_silent_and_the_rest_is_heard() -> None:
    made = redact_sound(telling_sound(), Plan(silenced=(Passage(1, 2),)))

    assert made.mime == "audio/ogg" and made.tool.startswith("testimony.media.recordings/2 FFmpeg/")
    assert loudness(made.content, 0.2, 0.7) > 1000 and loudness(made.content, 2.4, 3.5) > 1000
    assert loudness(made.content, 0.95, 2.05) < 40


@needs_ffmpeg
def test_nothing_that_stands_beside_a_recording_is_kept() -> None:
    for content, redact in ((telling_sound(), redact_sound), (telling_film(), redact_film)):
        assert SECRET.encode() in content

        made = redact(content, Plan())

        assert SECRET.encode() not in made.content and not re.search(rb"Lav[fc]\d", made.content)


@needs_ffmpeg
def test_a_changed_voice_is_deeper_and_lasts_as_long() -> None:
    made = redact_sound(telling_sound(), Plan(changes_voice=True)).content

    raw = array.array(
        "h", ffmpeg("-i", "pipe:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1", given=made)
    )
    crossings = sum(1 for before, after in itertools.pairwise(raw) if before < 0 <= after)
    assert abs(len(raw) / 8000 - 4) < 0.3
    assert crossings / (len(raw) / 8000) == pytest.approx(440 * recordings.VOICE_FACTOR, rel=0.05)


@needs_ffmpeg
def test_a_part_of_a_film_is_black_for_its_passage_and_no_longer() -> None:
    part = Covered(Box(0.25, 0.25, 0.75, 0.75), Passage(1, 2))

    made = redact_film(telling_film(), Plan(silenced=(Passage(1, 2),), covered=(part,)))

    middle = slice(120 * 320 + 100, 120 * 320 + 220)
    assert made.mime == "video/webm" and loudness(made.content, 0.95, 2.05) < 40
    assert max(pixels(made.content, 1.5)[middle]) < 40
    assert min(pixels(made.content, 3.5)[middle]) > 200 and min(pixels(made.content, 1.5)[:300]) > 200


def loud_tone(content: bytes, start: float, end: float) -> float:
    """How often a second the sound swings between two moments."""
    raw = ffmpeg("-i", "pipe:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1", given=content)
    heard = array.array("h", raw)[int(start * 8000) : int(end * 8000)]
    return sum(1 for before, after in itertools.pairwise(heard) if before < 0 <= after) / (end - start)


@needs_ffmpeg
def test_a_tone_stands_in_place_of_what_was_said_and_not_over_it() -> None:
    made = redact_sound(telling_sound(), Plan(silenced=(Passage(1, 2),), has_tone=True)).content

    assert loud_tone(made, 1.1, 1.9) == pytest.approx(recordings.TONE_HERTZ, rel=0.02)
    assert loud_tone(made, 2.5, 3.5) == pytest.approx(440, rel=0.02)


@needs_ffmpeg
def test_a_box_moves_from_where_a_face_begins_to_where_it_ends() -> None:
    part = Covered(Box(0.05, 0.4, 0.25, 0.6), Passage(0, 4), Box(0.75, 0.4, 0.95, 0.6))

    made = redact_film(telling_film(), Plan(covered=(part,))).content

    row = 120 * 320
    at_start, at_half, at_end = (pixels(made, second) for second in (0.3, 2.0, 3.7))
    assert max(at_start[row + 40 : row + 70]) < 40 and min(at_start[row + 150 : row + 310]) > 200
    assert max(at_half[row + 140 : row + 180]) < 40 and min(at_half[row : row + 60]) > 200
    assert max(at_end[row + 250 : row + 280]) < 40 and min(at_end[row : row + 170]) > 200


def test_every_step_of_a_box_that_moves_covers_all_the_way_it_makes() -> None:
    part = Covered(Box(0.0, 0.0, 0.1, 0.1), Passage(10, 12), Box(0.5, 0.9, 0.7, 1.0))

    steps = tuple(part.steps())

    assert len(steps) == 8 and steps[0][0].left == 0 and steps[-1][0].right == pytest.approx(0.7)
    assert all(
        before.end == pytest.approx(after.start) for (_, before), (_, after) in itertools.pairwise(steps)
    )
    assert all(before.right >= after.left for (before, _), (after, _) in itertools.pairwise(steps))
    with pytest.raises(MediaRefused):
        Plan(covered=tuple(Covered(part.box, Passage(0, 3600), part.to) for _ in range(6)))


@needs_ffmpeg
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no recording at all",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"RIFF\xff\xff\xff\xffWAVEfmt " + b"\xff" * 64,
    ],
)
def test_what_is_no_recording_or_names_other_files_is_refused(content: bytes) -> None:
    with pytest.raises(MediaRefused) as refused:
        redact_sound(content, Plan())

    assert refused.value.fault is Fault.NOT_READABLE


@needs_ffmpeg
def test_a_file_cut_short_is_refused() -> None:
    with pytest.raises(MediaRefused):
        redact_sound(telling_sound()[:300], Plan())


def test_without_ffmpeg_it_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(recordings, "PLACES", str(tmp_path))
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * 8000)

    with pytest.raises(MediaRefused) as refused:
        redact_sound(target.getvalue(), Plan())

    assert refused.value.fault is Fault.TOOL_MISSING


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (-1, 2), (0, float("inf")), (float("nan"), 1)])
def test_a_passage_that_is_none_is_refused(start: float, end: float) -> None:
    with pytest.raises(MediaRefused):
        Passage(start, end)

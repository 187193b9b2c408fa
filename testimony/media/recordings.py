"""Sound and film made anew by FFmpeg: passages silenced, parts covered, the voice changed, everything else dropped.

FFmpeg is a program of its own, used when it is on the machine. It reads the file from memory and writes to a pipe, with
limits, an empty environment, no key, no protocol but that file and no list of files among the formats it may see.
What is made holds one sound and one picture track, encoded anew, without metadata, chapters, subtitles or cover.

The changed voice: pitch and formants move by one factor. That lowers the chance that somebody who knows the voice
recognises it by ear. It does not defeat an expert or a program: the factor can be guessed and undone, and words, accent
and rhythm stay. Where a voice would betray somebody, silence it and release the words.
"""

import math
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from testimony.media.boxes import MARGIN, Box
from testimony.media.copying import MAX_CONTENT_BYTES, Made, answer_of
from testimony.media.faults import Fault, MediaRefused
from testimony.media.limits import FFMPEG_CPU_SECONDS

PLACES = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"
"""Where FFmpeg is looked for, whatever the environment says."""
SOUND, FILM = "audio/ogg", "video/webm"
MAX_PARTS = 500
"""Of one recording, each step of a box that moves counted. FFmpeg is told them in one argument of its command."""
STEP_SECONDS, MOST_STEPS = 0.25, 100
"""A box that moves is drawn anew so often, and at most so often in one passage."""
TONE_HERTZ = 1_000
MAX_SECONDS = 24 * 3600
MARGIN_SECONDS = 0.15
"""On each side of a passage: a hand stops late, and speech begins before it is heard."""
VOICE_FACTOR = 0.82
RATE = 48_000

_FORMATS = "aac,aiff,amr,asf,avi,caf,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,ogg,wav,w64"
_LIMITS = Path(__file__).with_name("limits.py")
_at_once = threading.BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Passage:
    """From and to, in seconds. Raises MediaRefused (outside) when it is none."""

    start: float
    end: float

    def __post_init__(self) -> None:
        # Written so that what is no number fails too.
        if not 0 <= self.start < self.end <= MAX_SECONDS:
            raise MediaRefused(Fault.OUTSIDE)


@dataclass(frozen=True, slots=True)
class Covered:
    """A box of a film, black for a passage. to: where it is at the end, for a face that moves; None if it stays.

    Between the two it moves in a straight line at one speed. Nothing is followed in the picture: a face that turns
    back or stops on the way needs another passage, and a person looks at the whole of it.
    """

    box: Box
    passage: Passage
    to: Box | None = None

    def steps(self) -> Iterator[tuple[Box, Passage]]:
        """Boxes that stand still, each over a short time and over all the way that the box makes in it."""
        if self.to is None:
            yield self.box, self.passage
            return
        length = self.passage.end - self.passage.start
        count = min(max(math.ceil(length / STEP_SECONDS), 1), MOST_STEPS)
        for step in range(count):
            here, there = (self._at((step + after) / count) for after in (0, 1))
            whole = Box(
                min(here.left, there.left),
                min(here.top, there.top),
                max(here.right, there.right),
                max(here.bottom, there.bottom),
            )
            start = self.passage.start + length * step / count
            yield whole, Passage(start, self.passage.start + length * (step + 1) / count)

    def _at(self, part: float) -> Box:
        """Where the box is after this part of its passage."""
        begun, ended = self.box, self.to or self.box

        def between(start: float, end: float) -> float:
            return min(max(start + (end - start) * part, 0.0), 1.0)

        return Box(
            between(begun.left, ended.left),
            between(begun.top, ended.top),
            between(begun.right, ended.right),
            between(begun.bottom, ended.bottom),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to a recording. has_tone: a tone stands where something is silenced."""

    silenced: tuple[Passage, ...] = ()
    covered: tuple[Covered, ...] = ()
    changes_voice: bool = False
    has_tone: bool = False

    def __post_init__(self) -> None:
        if len(self.silenced) + sum(1 for part in self.covered for _ in part.steps()) > MAX_PARTS:
            raise MediaRefused(Fault.TOO_LARGE)


def ffmpeg() -> str | None:
    """Where FFmpeg is; None where there is none."""
    return shutil.which("ffmpeg", path=PLACES)


def redact_sound(content: bytes, plan: Plan) -> Made:
    """The first sound track as Ogg Opus. Raises MediaRefused."""
    if plan.covered:
        raise MediaRefused(Fault.OUTSIDE)
    options = ("-map", "0:a:0", "-vn", "-af", _sound_filter(plan), *_OPUS, "-f", "ogg")
    return _made(content, options, SOUND)


def redact_film(content: bytes, plan: Plan) -> Made:
    """The first picture track, and the first sound track where there is one, as WebM. Raises MediaRefused."""
    options = (
        *(
            "-map",
            "0:v:0",
            "-map",
            "0:a:0?",
            "-vf",
            _picture_filter(plan.covered),
            "-af",
            _sound_filter(plan),
        ),
        *("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "4", "-b:v", "2M", "-flags:v", "+bitexact"),
        *(*_OPUS, "-f", "webm"),
    )
    return _made(content, options, FILM)


_OPUS = ("-c:a", "libopus", "-b:a", "64k", "-ac", "1", "-flags:a", "+bitexact")


def _sound_filter(plan: Plan) -> str:
    # Short frames, since a filter is turned on and off for whole ones.
    steps = [f"aresample={RATE}", "asetnsamples=n=256:p=0"]
    if plan.has_tone:
        # In place of what was said, not over it: of the sound before nothing is left in what is written.
        steps.append("aformat=channel_layouts=mono")
        tone = f"aeval=exprs=0.1*sin(2*PI*{TONE_HERTZ}*t):c=same"
        steps += [f"{tone}:enable='{_between(passage)}'" for passage in plan.silenced]
    else:
        steps += [f"volume=volume=0:enable='{_between(passage)}'" for passage in plan.silenced]
    if plan.changes_voice:
        slower = round(RATE * VOICE_FACTOR)
        steps += [f"asetrate={slower}", f"aresample={RATE}", f"atempo={RATE / slower:.6f}"]
    return ",".join(steps)


def _picture_filter(parts: Sequence[Covered]) -> str:
    # An even number of pixels, for the encoder; no side longer than a large screen's.
    steps = [
        "scale=w='min(1920,iw)':h='min(1920,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
    ]
    for box, passage in (step for part in parts for step in part.steps()):
        left, top = max(box.left - MARGIN, 0), max(box.top - MARGIN, 0)
        width, height = min(box.right + MARGIN, 1) - left, min(box.bottom + MARGIN, 1) - top
        steps.append(
            f"drawbox=x=iw*{left:.6f}:y=ih*{top:.6f}:w=iw*{width:.6f}:h=ih*{height:.6f}:color=black:t=fill:"
            f"enable='{_between(passage)}'"
        )
    return ",".join([*steps, "format=yuv420p"])


def _between(passage: Passage) -> str:
    # Numbers that we wrote: nothing of a form reaches FFmpeg's own language.
    return f"between(t,{max(passage.start - MARGIN_SECONDS, 0):.3f},{passage.end + MARGIN_SECONDS:.3f})"


def _made(content: bytes, options: Sequence[str], mime: str) -> Made:
    program = ffmpeg()
    if program is None or not hasattr(os, "memfd_create"):
        raise MediaRefused(Fault.TOOL_MISSING)
    if len(content) > MAX_CONTENT_BYTES:
        raise MediaRefused(Fault.TOO_LARGE)
    with _at_once:
        made = _converted(program, content, options)
    if not made:
        raise MediaRefused(Fault.NOT_READABLE)
    return Made(made, mime, 0, f"testimony.media.recordings/2 {_version(program)}")


def _converted(program: str, content: bytes, options: Sequence[str]) -> bytes:
    # Memory that looks like a file: some containers are read from their end, and a pipe has none.
    source = os.memfd_create("copy")
    try:
        with open(os.dup(source), "wb") as target:
            target.write(content)
        command = (
            *(program, "-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "2", "-xerror"),
            *("-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-i", f"file:/dev/fd/{source}"),
            *(
                "-map_metadata",
                "-1",
                "-map_chapters",
                "-1",
                "-sn",
                "-dn",
                "-fflags",
                "+bitexact",
                *options,
                "pipe:1",
            ),
        )
        process = subprocess.Popen(  # noqa: S603  # no shell; only our own words and numbers are arguments
            (sys.executable, "-I", "-B", str(_LIMITS), *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            pass_fds=(source,),
        )
        return answer_of(process, seconds=FFMPEG_CPU_SECONDS, must_succeed=True)
    finally:
        os.close(source)


def _version(program: str) -> str:
    """The first words of what FFmpeg says of itself."""
    told = subprocess.run(  # noqa: S603  # a program that we found, with our own word
        (program, "-version"), capture_output=True, env={}, timeout=30, check=False
    )
    first = told.stdout.decode("ascii", "replace").partition("\n")[0].split()
    return f"FFmpeg/{first[2]}"[:100] if len(first) > 2 else "FFmpeg"

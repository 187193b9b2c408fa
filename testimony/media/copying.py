"""Copies and previews of files, made in a process of their own (`worker.py`) through pipes; nothing is on disk.

Knows no format: what a file is, the worker finds out from its bytes. What comes back is not believed beyond its size
and its kind; a person looks at it before anybody else does.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from testimony.media import faces
from testimony.media.boxes import MAX_BOXES, Box
from testimony.media.faults import Fault, MediaRefused

MAX_CONTENT_BYTES = 100 * 1024 * 1024
MAX_MADE_BYTES = 400 * 1024 * 1024
MAX_TOLD_BYTES = 4096
SECONDS = 180
MIMES = frozenset({"image/png", "image/jpeg", "application/pdf", "application/json", "text/plain"})

_WORKER = Path(__file__).with_name("worker.py")
# Each may take as much memory as the worker's limit, so few run at a time; the others wait.
_at_once = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Made:
    """content: the file made. pages: of what was given, where that was counted, else 0. tool: name and version."""

    content: bytes = field(repr=False)
    mime: str
    pages: int
    tool: str


def redact(content: bytes, boxes: Sequence[Box]) -> Made:
    """A picture or PDF made anew from its pixels, with the boxes burnt in. Raises MediaRefused."""
    if len(boxes) > MAX_BOXES:
        raise MediaRefused(Fault.TOO_LARGE)
    return _made("redact", content, boxes, 1)


def preview(content: bytes, page: int = 1) -> Made:
    """A JPEG of a picture or of one page of a PDF, from 1. Raises MediaRefused."""
    return _made("preview", content, (), page)


def extract(content: bytes) -> tuple[str, str]:
    """What a text document says, and the tool that read it. Raises MediaRefused."""
    made = _made("text", content, (), 1)
    try:
        return made.content.decode(), made.tool
    except UnicodeDecodeError:
        raise MediaRefused(Fault.NOT_READABLE) from None


def suggest_faces(content: bytes, page: int = 1) -> tuple[tuple[Box, ...], str]:
    """Boxes that may hold a face, to be decided by a person, and the detector. Raises MediaRefused.

    Of these `tool_missing` where the detector is not installed.
    """
    if not faces.is_installed():
        raise MediaRefused(Fault.TOOL_MISSING)
    made = _made("faces", content, (), page)
    try:
        edges = json.loads(made.content)
        found = (tuple(map(float, four)) for four in edges[:MAX_BOXES])
        return tuple(Box(left, top, right, bottom, page) for left, top, right, bottom in found), made.tool
    except (ValueError, TypeError):
        raise MediaRefused(Fault.NOT_READABLE) from None


def _made(act: str, content: bytes, boxes: Sequence[Box], page: int) -> Made:
    if len(content) > MAX_CONTENT_BYTES:
        raise MediaRefused(Fault.TOO_LARGE)
    edges = [[box.left, box.top, box.right, box.bottom, box.page] for box in boxes]
    job = json.dumps({"act": act, "boxes": edges, "page": page}).encode() + b"\n"
    with _at_once:
        answer = _run(job, content)
    line, _, made = answer.partition(b"\n")
    try:
        told = json.loads(line[:MAX_TOLD_BYTES])
        if "fault" in told:
            raise MediaRefused(Fault(told["fault"]))
        result = Made(made, str(told["mime"]), int(told["pages"]), str(told["tool"])[:200])
    except (ValueError, KeyError, TypeError):
        # It died on the way: out of time, out of memory, or of what the file did to it.
        raise MediaRefused(Fault.NOT_READABLE) from None
    if result.mime not in MIMES or not result.content:
        raise MediaRefused(Fault.NOT_READABLE)
    return result


def _run(job: bytes, content: bytes) -> bytes:
    """What the worker says. Raises MediaRefused."""
    worker = subprocess.Popen(  # noqa: S603  # our own module, by our own interpreter, with nothing of the file
        (sys.executable, "-I", "-B", str(_WORKER)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Nothing of ours; the number library of a detector asks for as many threads as there are cores.
        env={"OPENBLAS_NUM_THREADS": "1"},
        cwd="/",
    )
    into = worker.stdin
    if into is None:
        raise RuntimeError("a process started with pipes has them")
    feeder = threading.Thread(target=_feed, args=(into, job, content), daemon=True)
    feeder.start()
    try:
        return answer_of(worker, seconds=SECONDS)
    finally:
        feeder.join()


def answer_of(process: "subprocess.Popen[bytes]", *, seconds: float, must_succeed: bool = False) -> bytes:
    """All that a process says, up to a limit and a time; it has ended then. Raises MediaRefused."""
    out_of = process.stdout
    if out_of is None:
        raise RuntimeError("a process started with pipes has them")
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    try:
        timer.start()
        answer = out_of.read(MAX_MADE_BYTES + 1)
        if len(answer) > MAX_MADE_BYTES:
            raise MediaRefused(Fault.TOO_LARGE)
        failed = must_succeed and process.wait() != 0
    finally:
        process.kill()
        timer.cancel()
        out_of.close()
        process.wait()
    if late.is_set():
        raise MediaRefused(Fault.TOOK_TOO_LONG)
    if failed:
        raise MediaRefused(Fault.NOT_READABLE)
    return answer


def _feed(target: BinaryIO, job: bytes, content: bytes) -> None:
    try:
        with target:
            target.write(job)
            target.write(content)
    except OSError:
        return  # The worker died; its answer says so by being none.

"""The short-lived process that decodes: one file in, one file out, then it ends.

    stdin  := job, one line of JSON {"act", "boxes": [[left, top, right, bottom, page]], "page"} · the file
    stdout := answer, one line of JSON {"fault"} or {"mime", "pages", "tool"} · the file made

Before it reads a byte it gives up what it does not need: memory and time beyond a limit, writing to any file, further
processes. It is started with an empty environment and holds no key. A decoder that is taken over can spoil its answer,
and nothing else that this process could name; it is not kept from the network or from reading files of its user.
"""

import json
import os
import resource
import sys
from pathlib import Path

if __name__ == "__main__":
    # Started by its path and cut off from the environment, it knows only the packages of its interpreter.
    sys.path.insert(0, str(Path(__file__).parents[2]))

from testimony.media import documents, faces, images, texts
from testimony.media.boxes import Box
from testimony.media.faults import Fault, MediaRefused
from testimony.media.limits import give_up

MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 120


def main() -> None:
    give_up(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    job = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    try:
        made, told = _do(job["act"], content, tuple(Box(*box) for box in job["boxes"]), job["page"])
    except MediaRefused as refused:
        made, told = b"", {"fault": refused.fault.value}
    except MemoryError:
        made, told = b"", {"fault": Fault.TOO_LARGE.value}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + made)
    sys.stdout.buffer.flush()
    # What decoders left behind need not be tidied; tearing it down has crashed before.
    os._exit(0)


def _do(act: str, content: bytes, boxes: tuple[Box, ...], page: int) -> tuple[bytes, dict[str, object]]:
    if act == "text":
        told, guessed = texts.read(content)
        tool = f"{texts.TOOL} {guessed}".rstrip()
        return told.encode(), {"mime": texts.PLAIN, "pages": 0, "tool": tool}
    is_pdf = content[:1024].lstrip().startswith(b"%PDF-")
    if act == "redact" and is_pdf:
        return documents.redact_pdf(content, boxes), {
            "mime": documents.PDF,
            "pages": 0,
            "tool": documents.TOOL,
        }
    if act == "faces":
        picture = documents.draw_page(content, page) if is_pdf else images.decode(content)[0]
        found, tool = faces.suggest_faces(picture, page)
        edges = [[box.left, box.top, box.right, box.bottom] for box in found]
        return json.dumps(edges).encode(), {"mime": "application/json", "pages": 0, "tool": tool}
    if act == "redact":
        made, mime = images.redact_image(content, boxes)
        return made, {"mime": mime, "pages": 1, "tool": images.TOOL}
    if is_pdf:
        shown, pages = documents.preview_page(content, page)
        return shown, {"mime": images.JPEG, "pages": pages, "tool": documents.TOOL}
    if page != 1:
        raise MediaRefused(Fault.OUTSIDE)
    return images.preview_image(content), {"mime": images.JPEG, "pages": 1, "tool": images.TOOL}


if __name__ == "__main__":
    main()

"""The process that decodes: what it is given, what it may not do, and that its death is an answer."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from testimony.media import copying, worker
from testimony.media.boxes import MAX_BOXES, Box, covered
from testimony.media.faults import Fault, MediaRefused
from tests.media.samples import scanned_pdf, telling_jpeg

HOSTILE = Path(__file__).parents[3] / "shared" / "data" / "files"
"""Real and hostile files, where they are laid out beside the project."""


def fault_of(content: bytes, *boxes: Box) -> Fault:
    with pytest.raises(MediaRefused) as refused:
        copying.redact(content, boxes)
    return refused.value.fault


def test_a_picture_goes_through_and_comes_back_covered() -> None:
    made = copying.redact(telling_jpeg(), [Box(0.1, 0.1, 0.6, 0.6)])

    shown = Image.open(io.BytesIO(made.content))
    assert made.mime == "image/jpeg" and "Pillow/" in made.tool
    assert shown.crop(covered(Box(0.1, 0.1, 0.6, 0.6), shown.size)).getextrema() == ((0, 0),) * 3


def test_a_document_goes_through_and_its_preview_knows_its_pages() -> None:
    made = copying.redact(scanned_pdf(2), [Box(0, 0, 1, 1, page=2)])

    shown = copying.preview(made.content, 2)
    assert (made.mime, shown.mime, shown.pages) == ("application/pdf", "image/jpeg", 2)
    assert Image.open(io.BytesIO(shown.content)).convert("L").getextrema() == (0, 0)


def test_what_is_refused_comes_back_as_a_word() -> None:
    assert fault_of(b"no picture at all") is Fault.NOT_SUPPORTED
    assert fault_of(telling_jpeg(), Box(0, 0, 1, 1, page=2)) is Fault.OUTSIDE


def test_too_many_boxes_or_too_large_a_file_are_not_even_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault_of(telling_jpeg(), *[Box(0, 0, 1, 1)] * (MAX_BOXES + 1)) is Fault.TOO_LARGE
    monkeypatch.setattr(copying, "MAX_CONTENT_BYTES", 10)

    assert fault_of(telling_jpeg()) is Fault.TOO_LARGE


def test_a_picture_that_is_a_document_too_is_copied_as_what_it_begins_as() -> None:
    """The attack: a file that is a JPEG for one reader and a PDF with words for another."""
    polyglot = telling_jpeg() + scanned_pdf(1) + b"Tadfest Amellal"

    made = copying.redact(polyglot, [])

    assert made.mime == "image/jpeg" and b"%PDF" not in made.content and b"Tadfest" not in made.content


def test_a_worker_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stuck = tmp_path / "stuck.py"
    stuck.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(copying, "_WORKER", stuck)
    monkeypatch.setattr(copying, "SECONDS", 0.5)

    assert fault_of(telling_jpeg()) is Fault.TOOK_TOO_LONG


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "print('no answer at all')",
        'print(\'{"mime": "text/html", "pages": 1, "tool": "x"}\\n<script>\')',
        'print(\'{"fault": "words of the file"}\')',
        "print('[]')",
    ],
)
def test_a_worker_that_was_taken_over_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    turned = tmp_path / "turned.py"
    turned.write_text(program)
    monkeypatch.setattr(copying, "_WORKER", turned)

    assert fault_of(telling_jpeg()) is Fault.NOT_READABLE


def test_a_worker_that_never_ends_its_answer_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pouring = tmp_path / "pouring.py"
    pouring.write_text("import sys\nwhile True: sys.stdout.write('x' * 65536)\n")
    monkeypatch.setattr(copying, "_WORKER", pouring)
    monkeypatch.setattr(copying, "MAX_MADE_BYTES", 1_000_000)

    assert fault_of(telling_jpeg()) is Fault.TOO_LARGE


def test_the_worker_knows_no_variable_of_the_archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TESTIMONY_SOMETHING", "Inekar")
    telling = tmp_path / "telling.py"
    telling.write_text(
        "import json, os\n"
        "told = len([name for name in os.environ if name not in ('LC_CTYPE', 'OPENBLAS_NUM_THREADS')])\n"
        "print(json.dumps({'mime': 'image/png', 'pages': told, 'tool': ''}))\n"
        "print('x')\n"
    )
    monkeypatch.setattr(copying, "_WORKER", telling)

    assert copying.redact(b"", []).pages == 0


def test_the_worker_can_write_no_file_and_takes_no_more_than_its_share(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(Path(worker.__file__).parents[2])!r})\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from testimony.media import limits, worker\n"
        "limits.give_up(memory_bytes=worker.MEMORY_BYTES, cpu_seconds=9)\n"
        "try: bytearray(worker.MEMORY_BYTES)\n"
        "except MemoryError: print('no memory')\n"
        f"try:\n with open({str(tmp_path / 'left')!r}, 'wb', buffering=0) as f: f.write(b'x')\n"
        "except OSError: print('no file')\n"
    )

    done = subprocess.run((sys.executable, "-I", "-c", program), capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:2] == ["no memory", "no file"]
    assert not (tmp_path / "left").exists() or os.path.getsize(tmp_path / "left") == 0


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the hostile files are not laid out here")
@pytest.mark.parametrize(
    "path",
    sorted(p for f in ("image_hostile", "pdf") for p in HOSTILE.glob(f"{f}/*")),
    ids=lambda path: path.name,
)
def test_a_hostile_file_is_copied_bare_or_refused(path: Path) -> None:
    try:
        made = copying.redact(path.read_bytes(), [])
    except MediaRefused as refused:
        assert str(refused) == refused.fault.value
    else:
        assert b"Exif" not in made.content and b"/JS" not in made.content

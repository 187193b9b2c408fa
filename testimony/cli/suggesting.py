"""`testimony suggest FILE.jsonl`: what the detectors would propose. Needs no archive; keeps nothing."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from testimony.cli.lines import bounded_lines
from testimony.detection.places import Gazetteer
from testimony.detection.plugins import NotInstalled, plugin
from testimony.detection.protecting import MOST_ITEMS, Protect
from testimony.detection.suggesting import Detector, Suggestions, suggest
from testimony.domain.statement import MAX_STATEMENT

_MAX_LINE_BYTES = 16 * MAX_STATEMENT
"""More than the longest account takes in escaped JSON."""
_MAX_GAZETTEER_BYTES = 64 * 1024 * 1024
_MAX_LABEL = 200


class _BadRow(Exception):
    """A row that cannot be read; its message is a word for the answer, never a part of the row."""


@click.command(name="suggest")
@click.argument("file", type=click.File("rb"), metavar="FILE.jsonl")
@click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Place names, one a line, beside those that come with the archive. May be given again.",
)
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="NAME",
    help="A model that you installed, as spacy:MODEL or presidio:MODEL. May be given again.",
)
def suggest_file(file: BinaryIO, gazetteers: tuple[Path, ...], plugins: tuple[str, ...]) -> None:
    """Propose what to withhold from texts, one a line: {"id", "language", "text", "protect"}.

    `-` reads standard input. Each answer is {"id", "spans": [[start, end, type, category, detector], …]}, offsets in
    code points. A detector that failed is named under "failures". A row that cannot be read is answered with
    {"id", "error"}, and the exit code is then 1.
    """
    loaded = tuple(map(_read_gazetteer, gazetteers))
    others = tuple(map(_plugin, plugins))
    all_read = True
    for line, taken in bounded_lines(file, _MAX_LINE_BYTES):
        if not line.strip():
            continue
        answer = _answer(line, loaded, others, is_whole=taken == len(line) and taken <= _MAX_LINE_BYTES)
        all_read = all_read and "error" not in answer
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    if not all_read:
        sys.exit(1)


def _read_gazetteer(path: Path) -> Gazetteer:
    if path.stat().st_size > _MAX_GAZETTEER_BYTES:
        raise click.ClickException("A gazetteer may take 64 MiB at most.")
    try:
        return Gazetteer.of(path.read_text("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise click.ClickException("A gazetteer is a file of place names in UTF-8, one a line.") from None


def _plugin(name: str) -> Detector:
    try:
        return plugin(name)
    except NotInstalled:
        raise click.ClickException("A plug-in is spacy:MODEL or presidio:MODEL, both installed.") from None


def _answer(
    line: bytes, gazetteers: Sequence[Gazetteer], plugins: Sequence[Detector], *, is_whole: bool
) -> dict[str, object]:
    row_id: str | int | None = None
    try:
        if not is_whole:
            raise _BadRow("too_long")
        row = _row(line)
        row_id = _id(row)
        found = suggest(_text(row), _language(row), _protect(row), gazetteers=gazetteers, plugins=plugins)
    except _BadRow as bad:
        return {"id": row_id, "error": str(bad)}
    return {"id": row_id, **_said(found)}


def _said(found: Suggestions) -> dict[str, object]:
    spans = [[s.start, s.end, s.type, s.category, s.detector] for s in found.spans]
    if not found.failures:
        return {"spans": spans}
    return {"spans": spans, "failures": [[f.detector, f.trouble.value] for f in found.failures]}


def _row(line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise _BadRow("not_json") from None
    if not isinstance(row, dict):
        raise _BadRow("not_an_object")
    return row


def _id(row: dict[str, object]) -> str | int:
    row_id = row.get("id")
    if isinstance(row_id, str) and len(row_id) <= _MAX_LABEL:
        return row_id
    if isinstance(row_id, int) and not isinstance(row_id, bool) and abs(row_id) < 1 << 53:
        return row_id
    raise _BadRow("bad_id")


def _text(row: dict[str, object]) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise _BadRow("bad_text")
    if len(text) > MAX_STATEMENT:
        raise _BadRow("too_long")
    return text


def _language(row: dict[str, object]) -> str:
    language = row.get("language")
    if not isinstance(language, str) or not 2 <= len(language) <= 35:
        raise _BadRow("bad_language")
    return language


def _protect(row: dict[str, object]) -> tuple[Protect, ...]:
    listed = row.get("protect") or ()
    if not isinstance(listed, list | tuple) or len(listed) > MOST_ITEMS:
        raise _BadRow("bad_protect")
    return tuple(map(_protect_item, listed))


def _protect_item(item: object) -> Protect:
    if isinstance(item, str):
        return Protect(item)
    if isinstance(item, dict) and isinstance(item.get("text"), str):
        kind = item.get("kind") or ""
        if isinstance(kind, str):
            return Protect(item["text"], kind)
    raise _BadRow("bad_protect")

"""`testimony import`: testimonies taken elsewhere, out of a file."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from testimony.app import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.cli.lines import bounded_lines
from testimony.services.importing import MAX_LINE_BYTES, RowReport, import_rows
from testimony.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("import")
@archive_argument
@click.argument("file", type=_FILE)
@account_options
@click.pass_obj
def import_file(
    settings: Settings, directory: Path, file: Path, handle: str, password_file: Path | None
) -> None:
    """Hand in the testimonies of FILE, one JSON object a line.

    Good rows are kept; bad ones are named with line and reason, and the exit code is 1.
    """
    kept = bad = 0
    with signed_in(directory, settings, handle, password_file) as (_, session):
        for report in import_rows(session, _lines(file), utc_now()):
            kept, bad = (kept, bad + 1) if report.code is None else (kept + 1, bad)
            click.echo(_sentence(report))
    click.echo(f"{kept} kept, {bad} not kept.")
    if bad:
        sys.exit(1)


def _lines(file: Path) -> Iterator[bytes]:
    """The file's lines, with progress on the error stream."""
    size = file.stat().st_size
    with file.open("rb") as source, click.progressbar(length=size, label="Importing", file=sys.stderr) as bar:
        for line, taken in bounded_lines(source, MAX_LINE_BYTES):
            yield line
            bar.update(taken)


def _sentence(report: RowReport) -> str:
    if report.code is None:
        reasons = "; ".join(f"{p.field or 'row'}: {p.code}" for p in report.problems)
        return f"line {report.line}: not kept: {reasons}"
    return f"line {report.line}: {report.code}" + (" (already there)" if report.already_there else "")

"""`testimony import`: testimonies taken elsewhere, out of a file; also ones that were redacted there."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from testimony.assembly import assemble, utc_now
from testimony.cli.asking import account_options, archive_argument, present, read_secrets, signed_in
from testimony.cli.lines import bounded_lines
from testimony.domain.errors import Problem
from testimony.services.importing import MAX_LINE_BYTES, RowReport, import_rows
from testimony.services.importing_redacted import ATTESTED, import_redacted
from testimony.services.redacted_rows import STILL_STANDS, Pair
from testimony.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

_ATTESTATION = """\
Every account in this file becomes readable as it stands, for the audience its row names. Nobody looks at it again.
Both {} and {} attest, of every one of them, that

  - it was redacted where it was taken, and each of you has read what remains, alone, as somebody would who
    wants to find the witness;
  - nothing that remains points at a person who must not be found: no name, and no trade, number or place
    that together with the rest would do;
  - consent was explained and given where the account was taken, as the row says.
"""


@dataclass(frozen=True, slots=True)
class _Approval:
    """What only an import of redacted testimonies needs."""

    handle: str
    password_file: Path | None
    both_checked: bool


@click.command("import")
@archive_argument
@click.argument("file", type=_FILE)
@account_options
@click.option("--redacted", is_flag=True, help="The texts were redacted elsewhere: release them at once.")
@click.option("--approved-by", metavar="HANDLE", help="With --redacted: the second reviewer, who approves.")
@click.option("--approver-password-file", type=_FILE, help="The same as --password-file, of the second.")
@click.option(
    "--we-both-checked",
    is_flag=True,
    help="With --redacted: both attest what the command otherwise shows and asks.",
)
@click.pass_obj
def import_file(
    settings: Settings,
    directory: Path,
    file: Path,
    handle: str,
    password_file: Path | None,
    redacted: bool,
    approved_by: str | None,
    approver_password_file: Path | None,
    we_both_checked: bool,
) -> None:
    """Hand in the testimonies of FILE, one JSON object a line.

    Good rows are kept; bad ones are named with line and reason, and the exit code is 1. With --redacted the rows also
    name their audience, and two reviewers sign: --as hands in and stands as redactor, --approved-by approves.
    """
    if not redacted:
        if approved_by is not None or approver_password_file is not None or we_both_checked:
            raise click.UsageError("A second reviewer belongs to --redacted.")
        with signed_in(directory, settings, handle, password_file) as (_, session):
            _report(import_rows(session, _lines(file), utc_now()))
    else:
        if approved_by is None:
            raise click.UsageError("--redacted needs a second reviewer: --approved-by HANDLE.")
        approval = _Approval(approved_by, approver_password_file, we_both_checked)
        _report(_redacted_reports(settings, directory, file, (handle, password_file), approval))


def _redacted_reports(
    settings: Settings, directory: Path, file: Path, first: tuple[str, Path | None], second: _Approval
) -> Iterator[RowReport]:
    assembly = assemble(directory, settings)
    handle, password_file = first
    _require_attested(first, second)
    secrets = read_secrets(handle, password_file)
    approver_secrets = read_secrets(second.handle, second.password_file)
    with (
        present(assembly, handle, secrets) as redactor,
        present(assembly, second.handle, approver_secrets) as approver,
    ):
        pair = Pair(redactor.session, approver.session)
        for report in import_redacted(pair, _lines(file), ATTESTED, utc_now):
            yield report
            redactor.confirm()
            approver.confirm()


def _require_attested(first: tuple[str, Path | None], approval: _Approval) -> None:
    """Show what both attest. Who hands in both passwords in files has said it; at a prompt it is asked.

    Raises ClickException unless both said that they checked what remains.
    """
    handle, password_file = first
    click.echo(_ATTESTATION.format(handle, approval.handle), err=True)
    if approval.both_checked or None not in (password_file, approval.password_file):
        return
    try:
        agreed = click.confirm("Do you both attest this?", err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise click.ClickException(
            "Nothing was imported: both must attest this, here or with --we-both-checked."
        )


def _report(reports: Iterable[RowReport]) -> None:
    """A line for each row as soon as it is known, then the totals; ends the command with 1 when a row was bad."""
    kept = bad = already_there = 0
    for report in reports:
        kept, bad = (kept, bad + 1) if report.code is None else (kept + 1, bad)
        already_there += report.already_there
        click.echo(_sentence(report))
    again = f" {already_there} of them were already there." if already_there else ""
    click.echo(f"{kept} kept, {bad} not kept.{again}")
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
        return f"line {report.line}: not kept: " + "; ".join(_reason(p) for p in report.problems)
    return f"line {report.line}: {report.code}" + (" (already there)" if report.already_there else "")


def _reason(problem: Problem) -> str:
    if problem.code == STILL_STANDS:
        return f"protect: still in the text (item {int(problem.field.rpartition('.')[2]) + 1})"
    return f"{problem.field or 'row'}: {problem.code}"

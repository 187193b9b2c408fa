"""`testimony import`, `search` and `check`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from testimony.app import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.domain.purposes import Purpose
from testimony.services.checking import check as check_archive
from testimony.services.finding import search as search_releases
from testimony.services.importing import RowReport, import_rows
from testimony.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("import")
@archive_argument
@click.argument("file", type=_FILE)
@account_options
@click.pass_obj
def import_rows_command(
    settings: Settings, directory: Path, file: Path, handle: str, password_file: Path | None
) -> None:
    """Hand in the testimonies of FILE, one JSON object a line. Good rows are kept; bad ones are named, and exit 1."""
    kept = bad = 0
    with signed_in(directory, settings, handle, password_file) as (_, session):
        with _progress(file) as lines:
            for report in import_rows(session, lines, utc_now()):
                bad += report.code is None
                kept += report.code is not None
                click.echo(_sentence(report))
    click.echo(f"{kept} kept, {bad} not kept.")
    if bad:
        sys.exit(1)


def _sentence(report: RowReport) -> str:
    if report.code is None:
        reasons = "; ".join(f"{p.field or 'row'}: {p.code}" for p in report.problems)
        return f"line {report.line}: not kept: {reasons}"
    return f"line {report.line}: {report.code}" + (" (already there)" if report.already_there else "")


@click.command()
@archive_argument
@click.argument("query")
@account_options
@click.option("--purpose", required=True, type=click.Choice([p.value for p in Purpose]), help="What you read for.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def search(
    settings: Settings,
    directory: Path,
    query: str,
    handle: str,
    password_file: Path | None,
    purpose: str,
    as_json: bool,
) -> None:
    """Search what was released to you for one purpose."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        found = search_releases(session, query, Purpose(purpose), None, utc_now())
    if as_json:
        click.echo(json.dumps(_document(found), ensure_ascii=False))
        return
    for hit in found.hits:
        click.echo(f"{hit.code}  {hit.month or '-':<8} {hit.language}  {_plain(hit)}")
    click.echo(f"{found.total} found.")


@click.command()
@archive_argument
@account_options
@click.pass_obj
def check(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """Verify again everything that this account may open. Exit 0 when all is well, 1 when something is not."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        findings = check_archive(session, utc_now())
    for finding in findings:
        click.echo(f"{finding.where}: {finding.what.replace('_', ' ')}")
    if findings:
        click.echo(f"{len(findings)} things are not as they should be.")
        sys.exit(1)
    click.echo("All that this account may open is whole.")

"""`testimony check`: what keeps an archive sound."""

import sys
from pathlib import Path

import click

from testimony.app import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.services.checking import check as check_archive
from testimony.settings import Settings


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

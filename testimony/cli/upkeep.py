"""`testimony check` and `reindex`: what keeps an archive sound."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from testimony.assembly import utc_now
from testimony.cli.asking import Presence, account_options, archive_argument, signed_in, staying_signed_in
from testimony.services.checking import check as check_archive
from testimony.services.reindexing import Progress
from testimony.services.reindexing import reindex as reindex_archive
from testimony.settings import Settings
from testimony.storage.compartments import Compartment

_NAMES = {
    Compartment.READING_ROOM: ("testimonies", "the index"),
    Compartment.VAULT: ("originals", "the index of originals"),
}


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


@click.command()
@archive_argument
@account_options
@click.pass_obj
def reindex(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """Make the search index anew from what it is made of, and compare. Others may go on working meanwhile.

    Stopped, it goes on where it was. Exit 0 when the index is equal to the rows, 1 when it is not.
    """
    with staying_signed_in(directory, settings, handle, password_file) as presence:
        results = [progress for progress in _rebuilding(presence) if progress.equal is not None]
    for result in results:
        click.echo(_sentence(result))
    if not all(result.equal for result in results):
        sys.exit(1)


def _rebuilding(presence: Presence) -> Iterator[Progress]:
    """The same, with progress on the error stream and the session confirmed between two steps."""
    with click.progressbar(length=1, label="Reindexing", file=sys.stderr) as bar:
        for progress in reindex_archive(presence.session, utc_now()):
            bar.length = max(progress.total, 1)
            bar.update(progress.done - bar.pos)
            yield progress
            presence.confirm()


def _sentence(result: Progress) -> str:
    outcome = "is equal to the rows" if result.equal else "IS NOT equal to the rows; run it again, then check"
    mended = f"{result.mended:,} {'entry' if result.mended == 1 else 'entries'} mended"
    what, index = _NAMES[result.compartment]
    return f"{result.testimonies:,} {what}, {mended}, {result.removed:,} removed; {index} {outcome}."

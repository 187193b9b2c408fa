"""`testimony affected` and `compact`: who is touched when a key leaks, and files after much was erased."""

from datetime import date, datetime
from pathlib import Path

import click

from testimony.assembly import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.services.affected import Affected, Loss, who_is_affected
from testimony.services.compacting import compact_files
from testimony.settings import Settings
from testimony.storage.compartments import Compartment

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@archive_argument
@account_options
@click.option("--account", default="", metavar="HANDLE", help="An account whose keys were lost.")
@click.option(
    "--compartment", type=click.Choice([c.value for c in Compartment]), help="A secret that was lost."
)
@click.option("--copied-on", type=_DAY, help="Day of the copy that was lost: nothing later is in it.")
@click.option("--since", type=_DAY, help="First day on which the account was not safe.")
@click.pass_obj
def affected(
    settings: Settings,
    directory: Path,
    handle: str,
    password_file: Path | None,
    account: str,
    compartment: str | None,
    copied_on: datetime | None,
    since: datetime | None,
) -> None:
    """Who is affected if this leaked: codes by case, and how each could have been seen. Writes tab-separated lines."""
    if not (account or compartment or copied_on):
        raise click.UsageError("Say what was lost: --account, --compartment or --copied-on.")
    loss = Loss(
        handle=account,
        compartment=None if compartment is None else Compartment(compartment),
        copied_on=_day(copied_on),
        since=_day(since),
    )
    with signed_in(directory, settings, handle, password_file) as (_, session):
        _tell(who_is_affected(session, loss, utc_now()))


@click.command()
@archive_argument
@account_options
@click.pass_obj
def compact(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """Give free pages of the files back to the disk. Takes each file for itself: choose a quiet hour.

    What was erased is overwritten already; this makes files smaller and nothing safer.
    """
    with signed_in(directory, settings, handle, password_file) as (_, session):
        for done in compact_files(session, utc_now()):
            click.echo(f"{done.compartment.value}.db: {done.before:,} bytes before, {done.after:,} after")


def _tell(found: Affected) -> None:
    for one in found.exposed:
        click.echo(f"{one.case_id}\t{one.code}\t{','.join(one.ways)}")
    for draft_id, at in found.drafts:
        click.echo(f"-\tdraft {draft_id}\tnot handed in, last written {at:%Y-%m-%d %H:%M} UTC")
    for count in found.cases:
        click.echo(
            f"{count.case_id}: {count.codes:,} testimonies, words within reach of {count.telling:,}.",
            err=True,
        )
    opens = ", ".join(found.opens) or "nothing"
    click.echo(f"{len(found.exposed):,} testimonies are touched. Secrets within reach: {opens}.", err=True)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()

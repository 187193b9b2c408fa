"""`testimony init`."""

from pathlib import Path

import click

from crypto.passwords import Argon2Cost
from testimony.assembly import utc_now
from testimony.cli.asking import archive_argument
from testimony.cli.sheets import PaperSheet, require_place, show_one_by_one, write_pages
from testimony.domain.roles import Role
from testimony.services.founding import FOUNDERS, Founding, found_with_sheets
from testimony.services.invitations import Newcomer
from testimony.services.recovery_statements import SheetPlan
from testimony.storage.directory import ArchiveDirectory


def _founder(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[Newcomer, ...]:
    founders = []
    for value in values:
        handle, _, role = value.partition(":")
        try:
            founders.append(Newcomer(handle, handle, frozenset({Role(role)})))
        except ValueError:
            raise click.BadParameter("write HANDLE:ROLE") from None
    return tuple(founders)


def _plan(_context: click.Context, _parameter: click.Parameter, value: str) -> SheetPlan:
    needed, _, count = value.partition("/")
    try:
        return SheetPlan(int(needed), int(count))
    except ValueError:
        raise click.BadParameter("write K/N, such as 3/5; at least 2/3, at most 16 sheets") from None


@click.command()
@archive_argument
@click.option("--name", default="Testimony", show_default=True, help="What the archive is called.")
@click.option(
    "--founder",
    "founders",
    multiple=True,
    callback=_founder,
    metavar="HANDLE:ROLE",
    help="A first account; at least two custodians, a reviewer and an auditor. Without any: custodian-1 "
    "to custodian-3, reviewer-1, auditor-1.",
)
@click.option(
    "--recovery",
    "plan",
    default="3/5",
    show_default=True,
    callback=_plan,
    metavar="K/N",
    help="N recovery sheets, of which K together open everything.",
)
@click.option(
    "--sheets",
    "place",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the sheets as pages to print into this folder, apart from the archive, and delete them then. "
    "Without it they are shown one by one.",
)
@click.option("--no-recovery", is_flag=True, help="No sheets now; two custodians can make them later.")
def init(
    directory: Path,
    name: str,
    founders: tuple[Newcomer, ...],
    plan: SheetPlan,
    place: Path | None,
    no_recovery: bool,
) -> None:
    """Make a new, empty archive in DIR; print one one-time code for each first account, and the recovery sheets."""
    if place is not None:
        require_place(place, directory)
    wanted = None if no_recovery else plan
    founding = found_with_sheets(
        ArchiveDirectory(directory), name, founders or FOUNDERS, wanted, Argon2Cost.DEFAULT, utc_now()
    )
    invitations = founding.invitations
    click.echo(f"A new archive is in {directory}.\n")
    click.echo("One-time codes. Give each to its person, on paper; they are shown only now:\n")
    for invitation, founder in zip(invitations, founders or FOUNDERS, strict=True):
        roles = ", ".join(sorted(founder.roles))
        click.echo(f"  {founder.handle:<16} {roles:<14} {invitation.code}")
    click.echo(
        f"\nEach person makes the account their own at /enrol of `testimony serve {directory}`, or with\n"
        f"`testimony account activate {directory} HANDLE`. Until all have, keep no copy of the directory."
    )
    if wanted is not None:
        _hand_out(founding, name, wanted, place)


def _hand_out(founding: Founding, name: str, plan: SheetPlan, place: Path | None) -> None:
    sheets = tuple(
        PaperSheet(
            archive_name=name,
            archive_id=founding.archive_id,
            serial=1,
            number=number,
            plan=plan,
            words=words,
            made_on=utc_now().date(),
            check=founding.root_fingerprint,
        )
        for number, words in enumerate(founding.sheets, start=1)
    )
    if place is None:
        show_one_by_one(sheets)
    else:
        write_pages(sheets, place)

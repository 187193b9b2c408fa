"""`testimony init`, `demo` and `serve`."""

from pathlib import Path

import click

from crypto.passwords import Argon2Cost
from testimony.app import AddressTaken, assemble, utc_now, web_app
from testimony.app import serve as serve_app
from testimony.cli.asking import archive_argument
from testimony.cli.sheets import PaperSheet, require_place, show_one_by_one, write_pages
from testimony.domain.roles import Role
from testimony.services.demonstration import make_demonstration
from testimony.services.founding import FOUNDERS, Founding, found_with_sheets
from testimony.services.invitations import Newcomer
from testimony.services.recovery_statements import SheetPlan
from testimony.settings import Settings
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


@click.command()
@archive_argument
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def serve(settings: Settings, directory: Path, host: str, port: int) -> None:
    """Serve the archive in DIR. It starts locked; each sign-in opens what that account may."""
    _serve(settings, directory, host, port)


@click.command()
@click.argument(
    "directory", metavar="[DIR]", default="demo-archive", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--no-serve", is_flag=True, help="Only make it.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def demo(settings: Settings, directory: Path, no_serve: bool, port: int) -> None:
    """Make a demonstration archive of invented people in DIR, unless it is there, and serve it."""
    if ArchiveDirectory(directory).keyring.is_file():
        click.echo(f"The demonstration in {directory} is already there.")
    else:
        with click.progressbar(length=100, label="Making the demonstration", file=None) as bar:
            make_demonstration(
                directory, utc_now(), Argon2Cost.DEFAULT, lambda share: bar.update(share - bar.pos)
            )
    if not no_serve:
        _serve(settings, directory, "127.0.0.1", port)


def _serve(settings: Settings, directory: Path, host: str, port: int) -> None:
    assembly = assemble(directory, settings)
    app = web_app(assembly, settings)
    click.echo(f"Serving at http://{host}:{port} (Ctrl-C ends it)")
    try:
        serve_app(assembly, app, (host, port), settings.max_attachment_bytes)
    except AddressTaken as error:
        raise click.ClickException(f"{error}.") from None
    except KeyboardInterrupt:
        click.echo("Stopped. The archive is locked.")

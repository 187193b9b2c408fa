"""`testimony recover` and `rehearse`: recovery sheets typed back. Words come from a prompt that does not show them."""

from collections.abc import Mapping
from pathlib import Path

import click

from crypto.shares import unknown_words
from testimony.assembly import assemble, utc_now
from testimony.cli.asking import archive_argument, new_secret
from testimony.cli.sheets import ROW_WORDS
from testimony.domain.errors import BadSheet, NotYet
from testimony.domain.roles import Role
from testimony.services.archives import Archive
from testimony.services.invitations import Newcomer
from testimony.services.recovering import (
    Recovered,
    Restoration,
    open_with_sheets,
    restore,
    share_identity,
    vacant_roles,
)
from testimony.services.rehearsing import Sheet, certified_recovery, read_sheet
from testimony.services.rehearsing import rehearse as rehearse_sheet
from testimony.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_WORDS = 33


@click.command()
@archive_argument
@click.pass_obj
def rehearse(settings: Settings, directory: Path) -> None:
    """Prove that one recovery sheet is whole and of this archive. Needs no account, and shows the sheet to nobody."""
    archive = assemble(directory, settings).archive
    plan = certified_recovery(archive.keyring()).plan
    try:
        number = rehearse_sheet(archive, _ask_words("the sheet"), utc_now())
    except BadSheet as fault:
        raise click.ClickException(_fault("This sheet", fault)) from None
    click.echo(
        f"Sheet {number} of {plan.count} is whole. The date is in the log when somebody signs in next."
    )


@click.command()
@archive_argument
@click.option("--custodian", default="custodian-recovered", show_default=True, metavar="HANDLE")
@click.option(
    "--reviewer", "reviewers", multiple=True, metavar="HANDLE", help="Invite a reviewer with the keys."
)
@click.option(
    "--auditor", "auditors", multiple=True, metavar="HANDLE", help="Invite an auditor with the keys."
)
@click.option(
    "--second-custodian",
    "custodians",
    multiple=True,
    metavar="HANDLE",
    help="Invite another custodian, whose word counts as a second person's.",
)
@click.option("--password-file", type=_FILE, help="First line: the new custodian's password.")
@click.option(
    "--identity", is_flag=True, help="Only split the identities' key between the custodians of now."
)
@click.pass_obj
def recover(
    settings: Settings,
    directory: Path,
    custodian: str,
    reviewers: tuple[str, ...],
    auditors: tuple[str, ...],
    custodians: tuple[str, ...],
    password_file: Path | None,
    identity: bool,
) -> None:
    """Open the archive in DIR with its recovery sheets, and make a custodian.

    Where nobody is left who opens the originals or the sealed words of the log, a reviewer or an auditor is invited
    too. Everything is in the log.
    """
    archive = assemble(directory, settings).archive
    recovered = _ask_sheets(archive)
    if identity:
        _share(archive, recovered)
        return
    named = {Role.REVIEWER: reviewers, Role.AUDITOR: auditors, Role.CUSTODIAN: custodians}
    others = _invited(recovered, named)
    password = new_secret(f"New password of {custodian}", password_file)
    restored = restore(
        archive,
        recovered,
        Newcomer(custodian, custodian, frozenset({Role.CUSTODIAN})),
        password,
        others,
        utc_now(),
    )
    _say(custodian, others, restored)


def _invited(recovered: Recovered, named: Mapping[Role, tuple[str, ...]]) -> tuple[Newcomer, ...]:
    vacant = vacant_roles(recovered.keyring)
    return tuple(
        Newcomer(handle, handle, frozenset({role}))
        for role, handles in named.items()
        for handle in handles or ((f"{role.value}-recovered",) if role in vacant else ())
    )


def _share(archive: Archive, recovered: Recovered) -> None:
    try:
        number = share_identity(archive, recovered, utc_now())
    except NotYet:
        raise click.ClickException(
            "There are no two active custodians. Enrol a second one, then do this again."
        ) from None
    click.echo(f"The identities' key is split between {number} custodians; any two of them open it.")


def _say(custodian: str, others: tuple[Newcomer, ...], restored: Restoration) -> None:
    click.echo(f"{custodian} is a custodian and can sign in.")
    if others:
        click.echo("One-time codes, shown only now:\n")
        for newcomer, invitation in zip(others, restored.invitations, strict=True):
            click.echo(f"  {newcomer.handle:<20} {', '.join(sorted(newcomer.roles)):<14} {invitation.code}")
    if restored.missing:
        names = ", ".join(compartment.value for compartment in restored.missing)
        click.echo(f"\nNot put by for these sheets, so not opened: {names}.")
    if not restored.shares_identity:
        click.echo(
            "\nThe identities stay closed: two custodians are needed. Enrol a second one and use the sheets once\n"
            "more, with --identity."
        )
    click.echo(
        "\nNow: stop the accounts of those who left. Make new sheets, since these have been seen, and new keys.\n"
        "The log says that the archive was opened with sheets."
    )


def _ask_sheets(archive: Archive) -> Recovered:
    """As many different sheets as are needed. A bad one is named at once and asked again."""
    plan = certified_recovery(archive.keyring()).plan
    click.echo(f"{plan.threshold} of the {plan.count} sheets are needed, in any order.", err=True)
    sheets: dict[int, Sheet] = {}
    while len(sheets) < plan.threshold:
        which = f"sheet {len(sheets) + 1} of {plan.threshold}"
        try:
            sheet = read_sheet(archive.keyring(), _ask_words(which))
        except BadSheet as fault:
            click.echo(_fault(f"What was typed as {which}", fault), err=True)
            continue
        if sheet.number in sheets:
            click.echo(f"Sheet {sheet.number} was typed already. Type another one.", err=True)
            continue
        sheets[sheet.number] = sheet
        click.echo(f"Sheet {sheet.number} is right.", err=True)
    return open_with_sheets(archive, tuple(sheets.values()))


def _ask_words(which: str) -> str:
    """Row by row, so that a wrong word is found near where it is."""
    words: list[str] = []
    while len(words) < _WORDS:
        first, last = len(words) + 1, len(words) + ROW_WORDS
        row = click.prompt(f"Words {first} to {last} of {which}", hide_input=True, err=True).split()
        wrong = [first + place - 1 for place in unknown_words(" ".join(row))]
        if wrong:
            click.echo(f"No sheet has such a word: {_listed(wrong)}. Type the row again.", err=True)
        elif len(words) + len(row) > _WORDS or len(row) % ROW_WORDS or not row:
            click.echo(f"That was {len(row)} words. Type these {ROW_WORDS} again.", err=True)
        else:
            words += row
    return " ".join(words)


def _fault(what: str, fault: BadSheet) -> str:
    if fault.code == "mistyped":
        return f"{what} is mistyped: its check does not fit. Compare it word by word."
    return f"{what} is no sheet of this archive: of another one, or replaced by newer sheets."


def _listed(numbers: list[int]) -> str:
    return "word " + ", ".join(str(number) for number in numbers)

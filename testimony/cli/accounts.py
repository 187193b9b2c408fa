"""`testimony account add|confirm|list|suspend|sign-out|activate`."""

from pathlib import Path

import click

from testimony.assembly import assemble, utc_now
from testimony.cli.asking import account_options, archive_argument, new_secret, signed_in
from testimony.domain.accounts import AccountId
from testimony.domain.errors import NotFound
from testimony.domain.roles import Role
from testimony.services import accounts
from testimony.services.confirming import confirm_enrolment, unconfirmed
from testimony.services.custody import suspend_account
from testimony.services.invitations import Newcomer
from testimony.services.sessions import Session
from testimony.services.signing_out import sign_out_account
from testimony.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def account() -> None:
    """Accounts: invite, confirm, list, suspend, sign out, activate."""


@account.command("add")
@archive_argument
@click.argument("new_handle", metavar="NEW_HANDLE")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
@click.option("--name", default="", help="How colleagues know this person; the handle when left out.")
@account_options
@click.pass_obj
def add(
    settings: Settings,
    directory: Path,
    new_handle: str,
    roles: tuple[str, ...],
    name: str,
    handle: str,
    password_file: Path | None,
) -> None:
    """Invite NEW_HANDLE; prints the one-time code, once."""
    newcomer = Newcomer(new_handle, name or new_handle, frozenset(Role(role) for role in roles))
    with signed_in(directory, settings, handle, password_file) as (_, session):
        invitation = accounts.enrol(session, newcomer, utc_now())
    click.echo(f"One-time code of {new_handle}, shown only now: {invitation.code}")


@account.command("confirm")
@archive_argument
@click.argument("confirmed_handle", metavar="CONFIRMED_HANDLE")
@click.option(
    "--reason", required=True, help="Why this person is to be in the archive; auditors can read it."
)
@account_options
@click.pass_obj
def confirm(
    settings: Settings,
    directory: Path,
    confirmed_handle: str,
    reason: str,
    handle: str,
    password_file: Path | None,
) -> None:
    """Confirm, as a second custodian, whom another one invited: only then do keys come."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        waiting = {one.handle: one for one in unconfirmed(session, utc_now())}
        if confirmed_handle not in waiting:
            raise NotFound
        confirm_enrolment(session, waiting[confirmed_handle].account_id, reason, utc_now())
    click.echo(f"The enrolment of {confirmed_handle} is confirmed.")


@account.command("list")
@archive_argument
@account_options
@click.pass_obj
def list_(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """List the accounts, their roles and what their keys open."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        views = accounts.list_accounts(session, utc_now())
    for view in views:
        roles, keys = ",".join(view.roles) or "-", ",".join(view.compartments) or "-"
        click.echo(f"{view.handle:<20} {view.state.value:<10} {roles:<24} {keys}")


@account.command("suspend")
@archive_argument
@click.argument("suspended_handle", metavar="SUSPENDED_HANDLE")
@click.option("--reason", required=True, help="Why; auditors can read it.")
@account_options
@click.pass_obj
def suspend(
    settings: Settings,
    directory: Path,
    suspended_handle: str,
    reason: str,
    handle: str,
    password_file: Path | None,
) -> None:
    """Suspend SUSPENDED_HANDLE: no further sign-in, and its key slots are gone."""
    with signed_in(directory, settings, handle, password_file) as (assembly, session):
        account_id = _account_named(session, suspended_handle)
        suspend_account(session, account_id, reason, utc_now())
        assembly.store.close_account(account_id)
    click.echo(f"{suspended_handle} is suspended.")
    click.echo(f"The keys it held: testimony rekey order {directory} --removed {suspended_handle}", err=True)


@account.command("sign-out")
@archive_argument
@click.argument("other_handle", metavar="OTHER_HANDLE")
@click.option("--reason", required=True, help="Why; auditors can read it.")
@account_options
@click.pass_obj
def sign_out(
    settings: Settings,
    directory: Path,
    other_handle: str,
    reason: str,
    handle: str,
    password_file: Path | None,
) -> None:
    """End every session of OTHER_HANDLE, in every process; it can sign in again."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        account_id = _account_named(session, other_handle)
        sign_out_account(session, account_id, reason, utc_now())
    click.echo(f"{other_handle} is signed out everywhere.")


@account.command("activate")
@archive_argument
@click.argument("handle", metavar="HANDLE")
@click.option("--code-file", type=_FILE, help="First line: the one-time code.")
@click.option("--password-file", type=_FILE, help="First line: the new password.")
@click.pass_obj
def activate(
    settings: Settings, directory: Path, handle: str, code_file: Path | None, password_file: Path | None
) -> None:
    """Make an invited account one's own: one-time code in, new password set."""
    assembly = assemble(directory, settings)
    if code_file is None:
        code = click.prompt("One-time code", hide_input=True, err=True)
    else:
        code = code_file.read_text(encoding="utf-8").splitlines()[0]
    password = new_secret("New password", password_file)
    accounts.activate(assembly.archive, assembly.throttle, handle, code, password, utc_now())
    click.echo(f"{handle} is active.")


def _account_named(session: Session, handle: str) -> AccountId:
    """Raises NotFound."""
    for view in accounts.list_accounts(session, utc_now()):
        if view.handle == handle:
            return view.id
    raise NotFound

"""`testimony rekey status|order|confirm|drop|carry-out`: new keys, by order of two custodians."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from testimony.assembly import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.domain.accounts import AccountId
from testimony.domain.errors import NotFound
from testimony.domain.rekeying import Cause
from testimony.services import key_cards, rekeying
from testimony.services.accounts import list_accounts
from testimony.services.generations import generation_of
from testimony.services.key_cards import Cost
from testimony.services.rekey_running import carry_out
from testimony.services.sessions import Session
from testimony.settings import Settings
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.keyring_file import read_keyring
from testimony.storage.rekey import share_done

_SHOWN_EVERY_SECONDS = 0.2
_REASON = click.option("--reason", required=True, help="Why. Auditors can read it.")


@click.group()
def rekey() -> None:
    """New keys: one custodian orders, another confirms, who holds the old key carries it out."""


@rekey.command("status")
@archive_argument
@account_options
@click.pass_obj
def status(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """For whom each key opens, since when, when it is due, and what is ordered."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        view = key_cards.keys(session, utc_now())
    for key in view.keys:
        due = "due now" if key.is_due else f"due {key.due_on}"
        click.echo(
            f"{key.compartment.value:<14} generation {key.generation}, since {key.since:%Y-%m-%d}, {due}: "
            f"{', '.join(key.handles) or 'nobody'}"
        )
    for order in view.orders:
        what = ", ".join(order.left or order.compartments)
        state = (
            f"confirmed by {order.confirmed_by}, to be carried out" if order.confirmed_by else "not confirmed"
        )
        click.echo(
            f"order {order.order_id} ({order.cause.value.replace('_', ' ')}) by {order.ordered_by}: {what}; "
            f"{'expired' if order.expired else state}"
        )


@rekey.command("order")
@archive_argument
@click.option(
    "--compartment",
    "compartments",
    multiple=True,
    type=click.Choice([c.value for c in Compartment]),
    help="May be given more than once. Left out: all, or all that the removed member can have held.",
)
@click.option("--cause", default=Cause.ROTATION.value, type=click.Choice([c.value for c in Cause]))
@click.option("--removed", metavar="HANDLE", help="From whom keys are taken; the cause is then that.")
@_REASON
@account_options
@click.pass_obj
def order(
    settings: Settings,
    directory: Path,
    compartments: tuple[str, ...],
    cause: str,
    removed: str | None,
    reason: str,
    handle: str,
    password_file: Path | None,
) -> None:
    """Order new keys. Nothing changes until another custodian confirms; says first what it costs."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        account = None if removed is None else _account(session, removed)
        chosen = frozenset(map(Compartment, compartments))
        if not chosen:
            chosen = frozenset(Compartment) if account is None else key_cards.held_by(session, account)
        why = Cause(cause) if account is None else Cause.MEMBER_REMOVED
        _show_costs(key_cards.costs(session, chosen, utc_now()))
        order_id = rekeying.order(session, rekeying.OrderRequest(chosen, why, account, reason), utc_now())
    click.echo(f"Ordered: {order_id}. Another custodian confirms it within 7 days.")


@rekey.command("confirm")
@archive_argument
@click.argument("order_id", metavar="ORDER")
@_REASON
@account_options
@click.pass_obj
def confirm(
    settings: Settings, directory: Path, order_id: str, reason: str, handle: str, password_file: Path | None
) -> None:
    """Confirm another custodian's order, and carry out at once what you hold the keys for."""
    before = _generations(directory)
    with _progress_shown(directory), signed_in(directory, settings, handle, password_file) as (_, session):
        found = rekeying.find_order(session.archive.keyring(), order_id)
        _show_costs(key_cards.costs(session, found.compartments, utc_now()))
        rekeying.confirm(session, order_id, reason, utc_now())
        click.echo("Confirmed.")
        carry_out(session, utc_now(), _tell)
    _report(before, _generations(directory))


@rekey.command("drop")
@archive_argument
@click.argument("order_id", metavar="ORDER")
@_REASON
@account_options
@click.pass_obj
def drop(
    settings: Settings, directory: Path, order_id: str, reason: str, handle: str, password_file: Path | None
) -> None:
    """Take back an order that nobody confirmed."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        rekeying.drop(session, order_id, reason, utc_now())
    click.echo("Taken back.")


@rekey.command("carry-out")
@archive_argument
@account_options
@click.pass_obj
def carry_out_(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """Carry out what was confirmed, as far as you hold the keys. Signing in does it too."""
    before = _generations(directory)
    # The sign-in may do it all, so the progress is shown from before it.
    with _progress_shown(directory), signed_in(directory, settings, handle, password_file) as (_, session):
        carry_out(session, utc_now(), _tell)
    _report(before, _generations(directory))


def _generations(directory: Path) -> Mapping[Compartment, int]:
    keyring = read_keyring(ArchiveDirectory(directory))
    return {compartment: generation_of(keyring, compartment).number for compartment in Compartment}


def _report(before: Mapping[Compartment, int], after: Mapping[Compartment, int]) -> None:
    changed = [compartment for compartment in Compartment if after[compartment] > before[compartment]]
    for compartment in changed:
        click.echo(f"The {compartment.value.replace('_', ' ')} has a new key.")
    if not changed:
        click.echo("Nothing waits for you. Others carry out the rest when they sign in.")


def _tell(compartment: Compartment, phase: str, done: int, of: int) -> None:
    if phase == "identities":
        click.echo(f"{compartment.value}: {done} of {of} sealed anew", err=True)


@contextmanager
def _progress_shown(directory: Path) -> Iterator[None]:
    """A line now and then on the error stream. What SQLCipher does not tell of a file, its rollback journal does."""
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(ArchiveDirectory(directory), over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(directory: ArchiveDirectory, over: threading.Event) -> None:
    while not over.wait(_SHOWN_EVERY_SECONDS):
        for pending in read_keyring(directory).pending:
            if share := share_done(directory, pending.compartment):
                click.echo(f"{pending.compartment.value}: {share:.0%}", err=True)


def _show_costs(costs: tuple[Cost, ...]) -> None:
    for cost in costs:
        size = f"{cost.bytes_written / 1e6:.1f} MB written anew"
        what = size if cost.bytes_written else f"{cost.envelopes} identities sealed anew"
        room = "" if cost.has_room else "; THE DISK HAS TOO LITTLE ROOM"
        click.echo(f"{cost.compartment.value:<14} {what}, about {_seconds(cost.duration)}{room}", err=True)


def _seconds(duration: timedelta) -> str:
    return f"{max(1, round(duration.total_seconds()))} s"


def _account(session: Session, handle: str) -> AccountId:
    """Raises NotFound."""
    found = next((view.id for view in list_accounts(session, utc_now()) if view.handle == handle), None)
    if found is None:
        raise NotFound
    return found

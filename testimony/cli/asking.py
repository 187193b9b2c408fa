"""Secrets of a command: from a prompt or a file, never from an argument, never echoed.

A password file's first line is the password; a second line, where an account uses codes, is the code.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from testimony.assembly import Assembly, assemble, utc_now
from testimony.services.sessions import Session
from testimony.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

_CONFIRM_EVERY = timedelta(seconds=5)
"""To look for the session at each row would cost as much as the row."""


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    password: str
    code: str | None


def archive_argument(command: Command) -> Command:
    path = click.Path(path_type=Path, file_okay=False)
    return click.argument("directory", metavar="DIR", type=path)(command)


def account_options(command: Command) -> Command:
    """`--as HANDLE` and `--password-file FILE`."""
    file = click.Path(path_type=Path, exists=True, dir_okay=False)
    command = click.option(
        "--password-file", type=file, help="First line: password. Second line: code, if used."
    )(command)
    return click.option("--as", "handle", required=True, metavar="HANDLE", help="Who is acting.")(command)


def read_secrets(handle: str, password_file: Path | None) -> Secrets:
    if password_file is None:
        password = click.prompt(f"Password of {handle}", hide_input=True, err=True)
        code = click.prompt(
            "Code (empty if you use none)", default="", show_default=False, hide_input=True, err=True
        )
        return Secrets(password, code or None)
    lines = password_file.read_text(encoding="utf-8").splitlines()
    if not lines:
        raise click.ClickException("The password file is empty.")
    return Secrets(lines[0], lines[1].strip() if len(lines) > 1 else None)


def new_secret(question: str, file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").splitlines()[0]
    return str(click.prompt(question, hide_input=True, confirmation_prompt=True, err=True))


@dataclass(slots=True, repr=False)
class Presence:
    """The session of a command that takes long. It ends as one in a browser does."""

    assembly: Assembly
    session: Session
    token: str
    _confirmed_at: datetime

    def confirm(self) -> None:
        """Go on, between two steps: whoever works does not lose the session for having been silent.

        Raises NotSignedIn once the account is suspended, nothing was done for 15 minutes, or 8 hours are over.
        """
        now = utc_now()
        if now - self._confirmed_at >= _CONFIRM_EVERY:
            self.assembly.store.find(self.token, now)
            self._confirmed_at = now


@contextmanager
def staying_signed_in(
    directory: Path, settings: Settings, handle: str, password_file: Path | None
) -> Iterator[Presence]:
    """One session for one command; closed, with its entry in the log, whatever happens inside."""
    assembly = assemble(directory, settings)
    with present(assembly, handle, read_secrets(handle, password_file)) as presence:
        yield presence


@contextmanager
def present(assembly: Assembly, handle: str, secrets: Secrets) -> Iterator[Presence]:
    session = assembly.door.sign_in(handle, secrets.password, secrets.code, utc_now())
    token = assembly.store.open(session, utc_now())
    try:
        yield Presence(assembly, session, token, utc_now())
    finally:
        assembly.store.close(token, utc_now())


@contextmanager
def signed_in(
    directory: Path, settings: Settings, handle: str, password_file: Path | None
) -> Iterator[tuple[Assembly, Session]]:
    """The same, for a command of one step."""
    with staying_signed_in(directory, settings, handle, password_file) as presence:
        yield presence.assembly, presence.session

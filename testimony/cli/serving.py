"""`testimony serve` and `demo`: the commands that end in pages."""

from pathlib import Path

import click

from crypto.passwords import Argon2Cost
from testimony.app import AddressTaken, web_app
from testimony.app import serve as serve_app
from testimony.assembly import assemble, utc_now
from testimony.cli.asking import archive_argument
from testimony.services.demonstration import make_demonstration
from testimony.settings import Settings
from testimony.storage.directory import ArchiveDirectory


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

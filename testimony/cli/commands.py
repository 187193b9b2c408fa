"""The commands, and the one place where an error becomes a sentence and an exit code.

Exit codes: 0 done; 1 refused, failed, or something that was checked or imported is wrong; 2 the call is wrong.
"""

import sys
from importlib import import_module
from typing import Any

import click

from testimony import __version__
from testimony.cli.wording import sentence_for
from testimony.domain.errors import TestimonyError
from testimony.settings import BadSetting, settings_of_this_process

COMMANDS = {
    "init": "archive:init",
    "demo": "serving:demo",
    "serve": "serving:serve",
    "account": "accounts:account",
    "recover": "recovering:recover",
    "rehearse": "recovering:rehearse",
    "import": "importing:import_file",
    "search": "searching:search",
    "suggest": "suggesting:suggest_file",
    "rekey": "rekey:rekey",
    "backup": "backing_up:backup",
    "restore": "backing_up:restore",
    "check": "upkeep:check",
    "reindex": "upkeep:reindex",
    "audit": "log_proofs:audit",
    "affected": "disposal:affected",
    "compact": "disposal:compact",
}
"""Each command's module and name there. Imported when it is called: most need nothing of what the pages need."""


class Commands(click.Group):
    """Turns the archive's errors into sentences: no stack trace, no input echoed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(f"testimony.cli.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError("a name in COMMANDS is a command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            ctx.obj = settings_of_this_process()
            return super().invoke(ctx)
        except TestimonyError as error:
            raise click.ClickException(sentence_for(error)) from None
        except BadSetting as error:
            raise click.ClickException(f"{error}.") from None
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="testimony")
def main() -> None:
    """A secure archive for what witnesses of grave crimes tell."""

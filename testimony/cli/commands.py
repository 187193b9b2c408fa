"""The commands, and the one place where an error becomes a sentence and an exit code.

Exit codes: 0 done; 1 refused, failed, or something that was checked or imported is wrong; 2 the call is wrong.
"""

import sys
from typing import Any

import click

from testimony import __version__
from testimony.cli import (
    accounts,
    archive,
    backing_up,
    disposal,
    importing,
    log_proofs,
    recovering,
    rekey,
    searching,
    suggesting,
    upkeep,
)
from testimony.cli.wording import sentence_for
from testimony.domain.errors import TestimonyError
from testimony.settings import BadSetting, settings_of_this_process


class Commands(click.Group):
    """Turns the archive's errors into sentences: no stack trace, no input echoed."""

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


for command in (
    archive.init,
    archive.demo,
    archive.serve,
    accounts.account,
    recovering.recover,
    recovering.rehearse,
    importing.import_file,
    searching.search,
    suggesting.suggest_file,
    rekey.rekey,
    backing_up.backup,
    backing_up.restore,
    upkeep.check,
    upkeep.reindex,
    log_proofs.audit,
    disposal.affected,
    disposal.compact,
):
    main.add_command(command)

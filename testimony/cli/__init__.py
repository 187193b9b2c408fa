"""The command line: `testimony …`. A face over the services, as the pages are."""

from testimony.cli.commands import main

__all__ = ["main"]

"""Recovery sheets as paper: what is on one, for the terminal and for a printer. Keeps no word after it was shown."""

import html
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from testimony.services.recovery_statements import SheetPlan

ROW_WORDS = 11
_COLUMN = 14


@dataclass(frozen=True, slots=True, repr=False)
class PaperSheet:
    """One sheet. number: from 1. check: the fingerprint of the archive's root."""

    archive_name: str
    archive_id: str
    serial: int
    number: int
    plan: SheetPlan
    words: str
    made_on: date
    check: str

    @property
    def title(self) -> str:
        return f"Recovery sheet {self.number} of {self.plan.count}"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Archive", f"{self.archive_name} ({self.archive_id})"),
            ("Set of sheets", str(self.serial)),
            ("Made on", self.made_on.isoformat()),
            ("Needed together", f"{self.plan.threshold} of {self.plan.count}"),
            ("Check", " ".join(self.check[i : i + 8] for i in range(0, len(self.check), 8))),
        )

    @property
    def rules(self) -> tuple[str, ...]:
        return (
            f"Any {self.plan.threshold} of the {self.plan.count} sheets open the whole archive: originals, "
            "identities, everything. One sheet alone opens nothing.",
            "Keep it sealed, in a place of its own, never beside another sheet, never with a computer.",
            "Do not photograph, scan, copy or type it anywhere but into `testimony recover` and "
            "`testimony rehearse`, on the archive's own machine.",
            "Twice a year: `testimony rehearse DIR`. It proves the sheet and shows it to nobody.",
            "If it is lost, or somebody else may have seen it: tell two custodians. They make new sheets, and "
            "these are worthless then.",
        )


def as_text(sheet: PaperSheet) -> str:
    words = sheet.words.split()
    grid = "\n".join(
        "  " + "".join(f"{n + 1:>2} {words[n]:<{_COLUMN}}" for n in range(start, min(start + 3, len(words))))
        for start in range(0, len(words), 3)
    )
    facts = "\n".join(f"  {name + ':':<17}{value}" for name, value in sheet.facts)
    rules = "\n".join(f"  - {rule}" for rule in sheet.rules)
    return f"{sheet.title}\n\n{facts}\n\n{grid}\n\n{rules}\n\n  Held by: {'_' * 40}\n  Since:   {'_' * 40}\n"


def as_page(sheet: PaperSheet) -> str:
    """One page of HTML that needs nothing else, to be printed and deleted."""
    words = "".join(
        f"<li><span>{number}</span> {html.escape(word)}</li>"
        for number, word in enumerate(sheet.words.split(), start=1)
    )
    facts = "".join(f"<dt>{html.escape(n)}</dt><dd>{html.escape(v)}</dd>" for n, v in sheet.facts)
    rules = "".join(f"<li>{html.escape(rule)}</li>" for rule in sheet.rules)
    title = html.escape(sheet.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1><dl>{facts}</dl>\n<ol class=words>{words}</ol>\n<ul>{rules}</ul>\n"
        "<p>Held by: <i></i></p><p>Since: <i></i></p></body></html>\n"
    )


_STYLE = (
    "body{font:12pt/1.4 serif;margin:18mm;color:#000}h1{font-size:18pt}dl{display:grid;"
    "grid-template-columns:max-content 1fr;gap:1mm 5mm}dd{margin:0}.words{list-style:none;padding:0;"
    "display:grid;grid-template-columns:repeat(3,1fr);gap:2mm;font:14pt monospace;border:1px solid;"
    "padding:4mm}.words span{display:inline-block;width:2em;color:#555}i{display:inline-block;"
    "width:80mm;border-bottom:1px solid}"
)


def require_place(place: Path, archive: Path) -> None:
    """Make the folder for the sheets before there are any. It must be empty, and apart from the archive."""
    inner, outer = place.resolve(), archive.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise click.BadParameter("the sheets must not lie in the archive's folder, nor around it")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(place.iterdir()):
        raise click.BadParameter("the folder for the sheets must be empty")


def write_pages(sheets: Sequence[PaperSheet], place: Path) -> None:
    for sheet in sheets:
        path = place / f"recovery-sheet-{sheet.number}-of-{sheet.plan.count}.html"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(as_page(sheet))
    click.echo(
        f"\nThe recovery sheets are in {place}, one file each. Print each, hand it over, and then delete the\n"
        f"files: whoever has {sheets[0].plan.threshold} of them and a copy of the archive has everything."
    )


def show_one_by_one(sheets: Sequence[PaperSheet]) -> None:
    """Each sheet alone on the screen, gone before the next. Without a terminal: one after the other."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        for sheet in sheets:
            click.echo("\n" + "-" * 72 + "\n" + as_text(sheet))
        return
    click.echo(
        "\nNow the recovery sheets, one after the other; they are shown only now. Write each down by hand"
    )
    click.echo("or print it, each for another person, who alone is to see it.")
    click.echo("Have the codes above on paper first: the screen is cleared before each sheet.")
    for sheet in sheets:
        click.prompt("Press Enter for the next sheet", default="", show_default=False)
        _wipe()
        click.echo(as_text(sheet))
    click.prompt("Press Enter when the last sheet is written down", default="", show_default=False)
    _wipe()


def _wipe() -> None:
    """The screen, and what was scrolled out of it, where the terminal knows how."""
    click.clear()
    click.echo("\033[3J", nl=False)

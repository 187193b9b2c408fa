"""`make messages`: collect what is said to people, merge it into each language, compile the catalogues."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path("testimony/locale")
TEMPLATE = LOCALE / "messages.pot"
MAPPING = Path(__file__).with_name("messages.cfg")


def collect() -> None:
    """Rewrite the template and merge it into each catalogue; what nobody says now stays, marked obsolete."""
    LOCALE.mkdir(parents=True, exist_ok=True)
    run: Callable[[list[str]], int] = CommandLineInterface().run
    options = ["--no-location", "--sort-output", "--omit-header", "--project=Testimony", "--width=100"]
    keywords = ["-k", "lazy_gettext", "-k", "lazy_ngettext:1,2"]
    run(["pybabel", "-q", "extract", "-F", str(MAPPING), "-o", str(TEMPLATE), *options, *keywords, "."])
    for source in catalogues():
        locale = source.parent.parent.name
        run(["pybabel", "-q", "update", "-i", str(TEMPLATE), "-d", str(LOCALE), "-l", locale, "--width=100"])


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def compiled(source: Path) -> bytes:
    with io.BytesIO() as buffer:
        write_mo(buffer, _read(source))
        return buffer.getvalue()


def findings() -> Iterator[str]:
    """Yield what keeps a catalogue from speaking: broken placeholders, a compiled file of another source."""
    for source in catalogues():
        for message in _read(source):
            for error in message.check():
                yield f"{source}: {message.id!r}: {error}"
        target = source.with_suffix(".mo")
        if not target.exists() or target.read_bytes() != compiled(source):
            yield f"{target}: not compiled from its source (make messages)"


def _read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name, abort_invalid=True)


def main() -> int:
    collect()
    for source in catalogues():
        source.with_suffix(".mo").write_bytes(compiled(source))
    problems = list(findings())
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

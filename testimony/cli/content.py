"""`testimony import`, `search` and `check`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from search.errors import QueryTooCostly
from testimony.app import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.domain.purposes import Purpose
from testimony.services.checking import check as check_archive
from testimony.services.finding import FoundRelease, SearchPage
from testimony.services.finding import search as search_releases
from testimony.services.importing import MAX_LINE_BYTES, RowReport, import_rows
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.settings import Settings

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("import")
@archive_argument
@click.argument("file", type=_FILE)
@account_options
@click.pass_obj
def import_file(
    settings: Settings, directory: Path, file: Path, handle: str, password_file: Path | None
) -> None:
    """Hand in the testimonies of FILE, one JSON object a line.

    Good rows are kept; bad ones are named with line and reason, and the exit code is 1.
    """
    kept = bad = 0
    with signed_in(directory, settings, handle, password_file) as (_, session):
        for report in import_rows(session, _lines(file), utc_now()):
            kept, bad = (kept, bad + 1) if report.code is None else (kept + 1, bad)
            click.echo(_sentence(report))
    click.echo(f"{kept} kept, {bad} not kept.")
    if bad:
        sys.exit(1)


def _lines(file: Path) -> Iterator[bytes]:
    """The file's lines, with progress on the error stream. A line too long to be a testimony is cut, and so refused."""
    size = file.stat().st_size
    with file.open("rb") as source, click.progressbar(length=size, label="Importing", file=sys.stderr) as bar:
        while line := source.readline(MAX_LINE_BYTES + 1):
            taken = len(line)
            while not line.endswith(b"\n") and (rest := source.readline(MAX_LINE_BYTES)):
                taken += len(rest)
                if rest.endswith(b"\n"):
                    break
            yield line
            bar.update(taken)


def _sentence(report: RowReport) -> str:
    if report.code is None:
        reasons = "; ".join(f"{p.field or 'row'}: {p.code}" for p in report.problems)
        return f"line {report.line}: not kept: {reasons}"
    return f"line {report.line}: {report.code}" + (" (already there)" if report.already_there else "")


@click.command()
@archive_argument
@click.argument("query")
@account_options
@click.option(
    "--purpose", required=True, type=click.Choice([p.value for p in Purpose]), help="What you read for."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most this many hits."
)
@click.pass_obj
def search(
    settings: Settings,
    directory: Path,
    query: str,
    handle: str,
    password_file: Path | None,
    purpose: str,
    as_json: bool,
    limit: int,
) -> None:
    """Search what was released to you for one purpose."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        try:
            first, hits = _search(session, query, Purpose(purpose), limit)
        except QueryTooCostly as refusal:
            raise click.ClickException(f"This query asks too much: {refusal.reason.value}.") from None
    if as_json:
        document = {
            "query": first.explanation.text,
            "purpose": purpose,
            "count": first.total,
            "hits": [_document(hit) for hit in hits],
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for hit in hits:
        click.echo(f"{hit.code}  {hit.month or '-':<8} {hit.language}  {_snippet(hit, '*', '*')}")
    click.echo(f"{first.total} found.")


def _search(
    session: Session, query: str, purpose: Purpose, limit: int
) -> tuple[SearchPage, list[FoundRelease]]:
    first = page = search_releases(session, SearchRequest(query), purpose, None, utc_now())
    hits = list(first.hits)
    while page.next_key is not None and len(hits) < limit:
        page = search_releases(session, SearchRequest(query), purpose, page.next_key, utc_now())
        hits += page.hits
    return first, hits[:limit]


def _document(hit: FoundRelease) -> dict[str, object]:
    return {
        "code": hit.code,
        "score": hit.score,
        "snippet": _snippet(hit, "", ""),
        "marked": [fragment.text for fragment in hit.snippet if fragment.marked],
        "case": hit.case_id,
        "month": hit.month,
        "language": hit.language,
        "audience": hit.audience.value,
        "release": hit.number,
        "warning": hit.warning,
        "reasons": [{"kind": r.kind.value, "asked": r.asked, "found": r.found} for r in hit.reasons],
    }


def _snippet(hit: FoundRelease, before: str, after: str) -> str:
    words = (f"{before}{f.text}{after}" if f.marked else f.text for f in hit.snippet)
    return " ".join("".join(words).split())


@click.command()
@archive_argument
@account_options
@click.pass_obj
def check(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """Verify again everything that this account may open. Exit 0 when all is well, 1 when something is not."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        findings = check_archive(session, utc_now())
    for finding in findings:
        click.echo(f"{finding.where}: {finding.what.replace('_', ' ')}")
    if findings:
        click.echo(f"{len(findings)} things are not as they should be.")
        sys.exit(1)
    click.echo("All that this account may open is whole.")

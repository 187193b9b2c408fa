"""`testimony search`: one query for people, or a file of queries for scripts, under one sign-in."""

import json
import sys
from pathlib import Path
from typing import BinaryIO

import click

from search.errors import QueryTooCostly
from search.queries import MAX_LENGTH
from testimony.assembly import utc_now
from testimony.cli.asking import Presence, account_options, archive_argument, staying_signed_in
from testimony.cli.lines import bounded_lines
from testimony.domain.purposes import Purpose
from testimony.services.finding import FoundRelease, SearchPage
from testimony.services.finding import search as search_releases
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.settings import Settings

_MAX_LINE_BYTES = 8 * MAX_LENGTH
"""More than the longest query takes in UTF-8: what is cut here is refused for its length."""

# JSON may hold these as they are, but many readers of lines would end a line at them.
_ALSO_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


@click.command()
@archive_argument
@click.argument("query", required=False)
@click.option(
    "--queries",
    type=click.File("rb"),
    metavar="FILE",
    help="Instead of QUERY: a query a line, answered by a line of JSON each. `-` reads standard input.",
)
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
    query: str | None,
    queries: BinaryIO | None,
    handle: str,
    password_file: Path | None,
    purpose: str,
    as_json: bool,
    limit: int,
) -> None:
    """Search what was released to you for one purpose."""
    if (query is None) == (queries is None):
        raise click.UsageError("Give either a QUERY or --queries FILE.")
    if queries is not None and not as_json:
        raise click.UsageError("The answers to --queries are JSON: add --json.")
    with staying_signed_in(directory, settings, handle, password_file) as presence:
        if queries is not None:
            _answer_each(presence, queries, Purpose(purpose), limit)
        elif query is not None:
            _answer_one(presence.session, query, Purpose(purpose), limit, as_json=as_json)


def _answer_one(session: Session, query: str, purpose: Purpose, limit: int, *, as_json: bool) -> None:
    try:
        first, hits = _search(session, query, purpose, limit)
    except QueryTooCostly as refusal:
        raise click.ClickException(f"This query asks too much: {refusal.reason.value}.") from None
    if as_json:
        click.echo(json.dumps(_answer(first, hits, purpose), ensure_ascii=False))
        return
    for hit in hits:
        click.echo(f"{hit.code}  {hit.month or '-':<8} {hit.language}  {_snippet(hit, '*', '*')}")
    click.echo(f"{first.total} found.")


def _answer_each(presence: Presence, queries: BinaryIO, purpose: Purpose, limit: int) -> None:
    """Answer line by line, each before the next is read; a query that is refused does not end the others."""
    for line, _ in bounded_lines(queries, _MAX_LINE_BYTES):
        presence.confirm()
        asked = line.decode(errors="replace").removesuffix("\n").removesuffix("\r")
        try:
            first, hits = _search(presence.session, asked, purpose, limit)
            answer = _answer(first, hits, purpose)
        except QueryTooCostly as refusal:
            answer = {"error": refusal.reason.value}
        said = json.dumps({"asked": asked[:MAX_LENGTH], **answer}, ensure_ascii=False)
        sys.stdout.write(said.translate(_ALSO_LINE_ENDS) + "\n")
        sys.stdout.flush()


def _search(
    session: Session, query: str, purpose: Purpose, limit: int
) -> tuple[SearchPage, list[FoundRelease]]:
    request = SearchRequest(query)
    first = page = search_releases(session, request, purpose, None, utc_now())
    hits = list(first.hits)
    while page.next_key is not None and len(hits) < limit:
        page = search_releases(session, request, purpose, page.next_key, utc_now())
        hits += page.hits
    return first, hits[:limit]


def _answer(first: SearchPage, hits: list[FoundRelease], purpose: Purpose) -> dict[str, object]:
    return {
        "query": first.explanation.text,
        "purpose": purpose.value,
        "count": first.total,
        "hits": [_document(hit) for hit in hits],
    }


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

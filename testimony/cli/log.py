"""`testimony audit list`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from testimony.assembly import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.domain.events import EVERYTHING
from testimony.domain.vocabulary import load
from testimony.services.audit import Event, EventPage, events
from testimony.services.sessions import Session
from testimony.settings import Settings


@click.group()
def audit() -> None:
    """The log: list its entries, verify that it is whole, take it outside."""


@audit.command("list")
@archive_argument
@account_options
@click.option("--json", "as_json", is_flag=True, help="One JSON list, newest first.")
@click.option("--limit", default=0, type=click.IntRange(0), help="At most this many; 0 for all.")
@click.pass_obj
def list_(
    settings: Settings, directory: Path, handle: str, password_file: Path | None, as_json: bool, limit: int
) -> None:
    """List the entries of the log, newest first: who, what, when, about which code. Never content."""
    with signed_in(directory, settings, handle, password_file) as (_, session):
        rows = [row for page in _pages(session) for row in _rows(page)]
    rows = rows[:limit] if limit else rows
    if as_json:
        click.echo("[" + ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]")
        return
    for row in rows:
        reasons = " ".join(row["reasons"])
        click.echo(
            f"{row['seq']:>8}  {row['at']}  {row['actor'] or '-':<16} {row['action']} {row['label']:<22} "
            f"{row['outcome']:<8} {row['subject'] or ''} {reasons}".rstrip()
        )


def _pages(session: Session) -> Iterator[EventPage]:
    before: int | None = None
    while True:
        page = events(session, EVERYTHING, before, utc_now())
        yield page
        if page.older is None:
            return
        before = page.older


def _rows(page: EventPage) -> Iterator[dict[str, Any]]:
    actions = load("audit_action")
    for event in page.events:
        yield _row(event, page, actions.label(event.action.value, "en"))


def _row(event: Event, page: EventPage, label: str) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "at": event.at.isoformat(),
        "actor": page.handles.get(event.actor, event.actor) if event.actor else None,
        "roles": list(event.roles),
        "action": event.action.value,
        "label": label,
        "outcome": event.outcome.value,
        "subject": event.subject.id if event.subject else None,
        "kind": event.subject.kind if event.subject else None,
        "case": event.case_id,
        "purpose": event.purpose.value if event.purpose else None,
        "fields": list(event.fields),
        "count": event.count,
        "reasons": [reason.value for reason in event.reasons],
    }

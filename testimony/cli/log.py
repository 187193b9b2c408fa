"""`testimony audit list|verify`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from testimony.app import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.domain.events import EVERYTHING
from testimony.domain.vocabulary import load
from testimony.services.audit import Event, EventPage, events
from testimony.services.sessions import Session
from testimony.services.verification import FaultKind, verify_log
from testimony.settings import Settings

_FAULTS = {
    FaultKind.GAP: "an entry is missing",
    FaultKind.MISPLACED: "an entry is out of its place",
    FaultKind.UNREADABLE: "an entry cannot be read",
    FaultKind.COLUMN_CHANGED: "what the list shows of an entry was changed",
    FaultKind.SUBJECT_CHANGED: "what an entry is about was changed",
    FaultKind.DETAIL_CHANGED: "the sealed words of an entry were changed",
    FaultKind.ENTRY_CHANGED: "an entry was changed",
    FaultKind.TREE_CHANGED: "the stored tree does not fit the entries",
    FaultKind.TRUNCATED: "entries at the end are missing",
    FaultKind.CHECKPOINT_FORGED: "a checkpoint is not signed by this archive",
    FaultKind.REWRITTEN: "the log was rewritten: a signed checkpoint no longer fits",
    FaultKind.KEPT_UNREADABLE: "the checkpoint that was handed in is not one of this archive",
    FaultKind.KEPT_AHEAD: "the checkpoint that was handed in knows more entries than the log",
    FaultKind.KEPT_DIFFERS: "the log is not the one that the checkpoint was made of",
}


@click.group()
def audit() -> None:
    """The log: list its entries, verify that it is whole."""


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


@audit.command("verify")
@archive_argument
@account_options
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint that was kept outside; the log must still extend it.",
)
@click.pass_obj
def verify(
    settings: Settings, directory: Path, handle: str, password_file: Path | None, checkpoint: Path | None
) -> None:
    """Recompute the log from its entries and check every signed checkpoint. Exit 0 when sound, 1 when broken."""
    kept = checkpoint.read_text(encoding="utf-8") if checkpoint is not None else None
    with signed_in(directory, settings, handle, password_file) as (_, session):
        verdict = verify_log(session, utc_now(), kept)
    if verdict.fault is not None:
        click.echo(f"BROKEN at entry {verdict.fault.seq}: {_FAULTS[verdict.fault.kind]}.")
        sys.exit(1)
    click.echo(f"The log is whole: {verdict.size} entries, {verdict.checkpoints} signed checkpoints.")
    if verdict.kept is not None:
        click.echo(f"It extends the checkpoint handed in, of {verdict.kept} entries.")
    for step in verdict.clock_steps:
        click.echo(f"The clock went back at entry {step.seq}: {step.before} to {step.after}.")


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

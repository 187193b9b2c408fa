"""`testimony audit verify|export|timestamp`: whether the log is whole, here and for people outside."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from crypto.errors import Malformed
from crypto.ots_proofs import Header, read_headers
from testimony.assembly import utc_now
from testimony.cli.asking import account_options, archive_argument, signed_in
from testimony.cli.log import audit
from testimony.exports import one_file
from testimony.exports.log_reading import verify_lines
from testimony.exports.verify_testimony_log import sentences, sentences_of_blocks
from testimony.outward import get, post
from testimony.services.calendar_answers import ask_calendars
from testimony.services.exporting_log import export_log
from testimony.services.timestamping import read_authorities, stamp_queued
from testimony.services.verification import FaultKind, LogVerdict, verify_log
from testimony.settings import Settings
from testimony.storage.directory import ArchiveDirectory

__all__ = ["audit"]

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
    FaultKind.COSIGNED_DIFFERS: "a fork: an auditor co-signed another log than this one, or it is forged",
    FaultKind.TIMESTAMP_FORGED: "a time-stamp does not hold",
    FaultKind.KEPT_UNREADABLE: "the checkpoint that was handed in is not one of this archive",
    FaultKind.KEPT_AHEAD: "the checkpoint that was handed in knows more entries than the log",
    FaultKind.KEPT_DIFFERS: "a fork: the log is not the one that the checkpoint was made of",
    FaultKind.MEMORY_AHEAD: "the log is shorter than what you verified last: it was cut or put back",
    FaultKind.MEMORY_DIFFERS: "a fork: the log is not the one that you verified last",
    FaultKind.MEMORY_GONE: "the memory of what you verified last is missing or was put back",
}

_checkpoint_option = click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint that was kept outside; the log must still extend it.",
)


@audit.command("verify")
@click.argument("target", metavar="DIR|OUT", type=click.Path(path_type=Path, exists=True))
@click.option("--as", "handle", metavar="HANDLE", help="Who is acting; for an archive alone.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="First line: password. Second line: code, if used.",
)
@_checkpoint_option
@click.option("--root", metavar="FINGERPRINT", help="The root key that an exported log must be of.")
@click.option(
    "--block-headers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Headers of blocks of Bitcoin, 160 digits a line, for proofs of OpenTimestamps.",
)
@click.pass_obj
def verify(
    settings: Settings,
    target: Path,
    handle: str | None,
    password_file: Path | None,
    checkpoint: Path | None,
    root: str | None,
    block_headers: Path | None,
) -> None:
    """Recompute a log from its entries and check all that was signed over it: an archive's, or an exported one.

    Exit 0 when sound, 1 when broken.
    """
    kept = checkpoint.read_text(encoding="utf-8") if checkpoint is not None else None
    try:
        headers = read_headers(block_headers.read_text(encoding="utf-8")) if block_headers is not None else {}
    except Malformed:
        raise click.ClickException("These are not the headers of blocks.") from None
    if not ArchiveDirectory(target).keyring.is_file():
        _verify_exported(target, kept, root, headers)
        return
    if handle is None:
        raise click.UsageError("An archive's own log is verified by an auditor: give --as HANDLE.")
    with signed_in(target, settings, handle, password_file) as (_, session):
        verdict = verify_log(session, utc_now(), kept, headers)
    if verdict.fault is not None:
        click.echo(f"BROKEN at entry {verdict.fault.seq}: {_FAULTS[verdict.fault.kind]}.")
        sys.exit(1)
    _tell(verdict)


def _verify_exported(
    target: Path, kept: str | None, root: str | None, headers: Mapping[bytes, Header]
) -> None:
    path = target / "log.jsonl" if target.is_dir() else target
    if not path.is_file():
        raise click.ClickException("There is no archive and no exported log here.")
    with path.open(encoding="utf-8") as lines:
        found = verify_lines(lines, kept, root, headers)
    for sentence in sentences(found):
        click.echo(sentence)
    if found.fault is not None:
        sys.exit(1)


def _tell(verdict: LogVerdict) -> None:
    click.echo(f"The log is whole: {verdict.size} entries, {verdict.checkpoints} signed checkpoints.")
    if verdict.cosignatures:
        click.echo(f"Auditors' co-signatures that hold: {verdict.cosignatures}.")
    if verdict.timestamps:
        click.echo(f"Time-stamps that hold: {verdict.timestamps}.")
    for sentence in sentences_of_blocks(verdict.promised, verdict.named, verdict.in_blocks):
        click.echo(sentence)
    if verdict.kept is not None:
        click.echo(f"It extends the checkpoint handed in, of {verdict.kept} entries.")
    if verdict.remembered is not None:
        click.echo(f"It extends what you verified last, {verdict.remembered} entries.")
    for step in verdict.clock_steps:
        click.echo(f"The clock went back at entry {step.seq}: {step.before} to {step.after}.")


@audit.command("export")
@archive_argument
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path, file_okay=False))
@account_options
@click.option(
    "--with-subjects",
    is_flag=True,
    help="Also what entries are about: codes of testimonies, account numbers.",
)
@click.pass_obj
def export(
    settings: Settings,
    directory: Path,
    out: Path,
    handle: str,
    password_file: Path | None,
    with_subjects: bool,
) -> None:
    """Write the log into a new folder OUT, with a program that verifies it without this archive."""
    if out.exists() and any(out.iterdir()):
        raise click.ClickException("The folder is not empty.")
    with signed_in(directory, settings, handle, password_file) as (_, session):
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (out / "log.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for line in export_log(session, utc_now(), with_subjects=with_subjects):
                file.write(line + "\n")
    (out / one_file.NAME).write_text(one_file.program(), encoding="utf-8", newline="\n")
    click.echo(f"Written to {out}. To verify it anywhere: python {one_file.NAME} log.jsonl")


@audit.command("timestamp")
@archive_argument
@account_options
@click.pass_obj
def stamp(settings: Settings, directory: Path, handle: str, password_file: Path | None) -> None:
    """Ask the configured authorities to stamp the checkpoints that wait, and calendars what became of their promises.

    Leaves this machine.
    """
    try:
        authorities = read_authorities(settings.timestamp_authorities, settings.timestamp_calendars)
    except Malformed:
        raise click.ClickException("The certificates of a configured authority cannot be read.") from None
    if not authorities:
        raise click.ClickException("No authority is configured: TESTIMONY_TIMESTAMP_AUTHORITIES.")
    with signed_in(directory, settings, handle, password_file) as (_, session):
        done = stamp_queued(session, authorities, post, utc_now())
        later = ask_calendars(session, authorities, get, utc_now())
    click.echo(f"Time-stamps taken: {done.taken}. Checkpoints that still wait: {done.waiting}.")
    if later.named or later.waiting:
        click.echo(f"OpenTimestamps: {later.named} name a block now, {later.waiting} wait for one.")
    for authority in sorted({*done.silent, *later.silent}):
        click.echo(f"No usable answer from {authority}.")

"""`testimony backup` and `restore`: for whoever runs the machine. Neither needs an account or opens anything."""

from collections.abc import Mapping
from pathlib import Path

import click

from testimony.assembly import open_objects, utc_now
from testimony.cli.asking import archive_argument
from testimony.services.backing_up import KEPT, LONGEST_PAUSE_SECONDS, Made, Plan, back_up
from testimony.services.restoring import Verified, Wanted, verify_backup
from testimony.services.restoring import restore as restore_archive
from testimony.settings import Settings
from testimony.storage.backup_notes import Rehearsal, append_rehearsal, notes_file
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.manifests import CLOSINGS, ERASURES
from testimony.storage.objects import Objects

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@archive_argument
@click.argument("place", metavar="DEST", type=_FOLDER)
@click.option(
    "--keep",
    default=KEPT,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many backups stay in DEST.",
)
@click.option(
    "--receipt",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Note this backup in a file elsewhere, too; `restore --known` reads it.",
)
@click.option(
    "--longest-pause",
    default=LONGEST_PAUSE_SECONDS,
    show_default=True,
    type=click.FloatRange(0.1, 14),
    metavar="SECONDS",
    help="For how long writers may have to wait.",
)
@click.pass_obj
def backup(
    settings: Settings, directory: Path, place: Path, keep: int, receipt: Path | None, longest_pause: float
) -> None:
    """Back up the archive in DIR to the folder DEST, also while it serves.

    What was in DEST before is not copied again. Needs no account and opens nothing.
    """
    archive = ArchiveDirectory(directory)
    archive.require()
    plan = Plan(kept=keep, longest_pause=longest_pause, receipt=receipt)
    made = back_up(archive, open_objects(archive, settings), place, utc_now(), plan)
    click.echo(_sentences(made, place))


def _sentences(made: Made, place: Path) -> str:
    note = made.note
    said = [
        f"Backup {note.number} is in {place}: {note.files} files, {note.objects} objects "
        f"({made.new_objects} new), {note.bytes:,} bytes.",
        f"Writers waited {made.paused * 1000:.0f} ms at most. Manifest {note.manifest}",
    ]
    if made.new_key:
        said.append(
            f"\nA key was made that signs the backups of this machine. Write its fingerprint down, apart from the\n"
            f"backups:\n\n  {note.key}\n"
        )
    if not made.confirmed:
        said.append(
            "No custodian confirmed this key yet (Custody, Backups). Until then a restore needs "
            "--fingerprint."
        )
    return "\n".join(said)


@click.command()
@click.argument("place", metavar="DEST", type=_FOLDER)
@click.argument("target", metavar="[NEWDIR]", required=False, type=_FOLDER)
@click.option("--verify-only", is_flag=True, help="Look at everything, write nothing.")
@click.option(
    "--backup", "snapshot", metavar="NAME", help="A folder in DEST/snapshots; the newest when left out."
)
@click.option(
    "--fingerprint",
    "key",
    metavar="FINGERPRINT",
    help="Of the key that must have signed.",
)
@click.option(
    "--known", type=_FILE, help="backups.jsonl or a receipt kept elsewhere: nothing older is taken."
)
@click.option("--erasures", type=_FILE, help="The newest erasures.jsonl that there is.")
@click.option("--closings", type=_FILE, help="The newest closings.jsonl that there is.")
@click.option(
    "--note-in", "noted", type=_FOLDER, metavar="DIR", help="Note in the archive DIR that this was tried."
)
@click.option("--checkpoint", type=_FILE, help="A checkpoint of the log that an auditor kept.")
@click.pass_obj
def restore(
    settings: Settings,
    place: Path,
    target: Path | None,
    verify_only: bool,
    snapshot: str | None,
    key: str | None,
    known: Path | None,
    erasures: Path | None,
    closings: Path | None,
    checkpoint: Path | None,
    noted: Path | None,
) -> None:
    """Give the archive in the backup DEST back, in the new folder NEWDIR.

    Everything is verified first. What was erased, withdrawn or ended since closes again at the first sign-in.
    """
    newer: Mapping[str, Path | None] = {ERASURES: erasures, CLOSINGS: closings}
    lists = {name: path for name, path in newer.items() if path is not None}
    wanted = Wanted(snapshot, key, known, lists, checkpoint)
    if verify_only:
        verified = verify_backup(place, wanted)
        _note(noted, verified)
        click.echo(_said_of(verified) + "Every byte of it is what was signed.")
        return
    if target is None:
        raise click.UsageError("Say where to: NEWDIR, or --verify-only.")
    verified = restore_archive(place, target, wanted, _store(settings), utc_now())
    _note(noted, verified)
    click.echo(
        _said_of(verified) + f"The archive is in {target}. Sign in: what was closed since closes first."
    )
    if not lists:
        click.echo(
            "No newer lists were given: what was erased or withdrawn after the newest backup is not known here. "
            "If the old folder can still be read, do it again with --erasures and --closings."
        )
    if known is None:
        click.echo(
            "Nothing said which backup is the newest: compare the number and the time with your receipts."
        )


def _note(noted: Path | None, verified: Verified) -> None:
    """Pages of that archive show when a backup was last tried."""
    if noted is None:
        return
    archive, manifest = ArchiveDirectory(noted), verified.signed.manifest
    archive.require()
    at = utc_now().isoformat(timespec="milliseconds")
    rehearsal = Rehearsal(manifest.archive_id, manifest.number, at, verified.signed.sha256)
    append_rehearsal(notes_file(archive), rehearsal)


def _store(settings: Settings) -> Objects | None:
    return None if settings.object_store is None else open_objects(ArchiveDirectory(Path()), settings)


def _said_of(verified: Verified) -> str:
    manifest = verified.signed.manifest
    newer = sum(verified.newer.values())
    return (
        f"Backup {manifest.number} of {manifest.at}: {len(manifest.files)} files, {manifest.objects} objects.\n"
        f"What came after it is not in it, except {newer} erasures and closings.\n"
    )

"""Errors of the services in sentences for the command line. Codes and ids, never content."""

from testimony.domain import errors
from testimony.domain.vocabulary import load
from testimony.storage.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveExists,
    BackupDamaged,
    BackupNotTrusted,
    BackupTooOld,
    BadPlace,
    CompartmentClosed,
    Conflicting,
    NoArchive,
    StorageFailed,
)

_SENTENCES: dict[type[errors.TestimonyError], str] = {
    NoArchive: "There is no archive in this directory.",
    ArchiveExists: "This directory is not empty; nothing was changed.",
    ArchiveDamaged: "A file of this archive is missing, unreadable, older than known, or not what was signed.",
    StorageFailed: "The disk is full, or another program holds the archive. Nothing of this step was kept.",
    CompartmentClosed: "This account does not hold the key for that.",
    ArchiveBusy: "The archive did not hold still: somebody writes without end, or a write was cut off. Sign in once, "
    "then try again at a quieter hour.",
    Conflicting: "Another command is at work in the same folder.",
    BackupDamaged: "A part of this backup is missing, changed, cut off or does not belong there. Nothing was restored.",
    BackupNotTrusted: "This backup was signed by a key that is not known here. Name the one that you wrote down with "
    "--fingerprint.",
    BackupTooOld: "Something newer is known than what was given. Nothing was restored.",
    BadPlace: "A backup lies apart from its archive, and an archive is restored into a folder that is not there yet.",
    errors.NoRecovery: "This archive has no recovery sheets. Two custodians can make them.",
    errors.BadSheet: "These words are no sheet of this archive.",
    errors.NotSignedIn: "The session is over: its time is up, or the account was suspended. What was reported is kept.",
    errors.SignInFailed: "Sign-in failed. Check the name, the password and the code.",
    errors.EnrolmentFailed: "The one-time code does not open an invitation.",
    errors.NotFound: "There is no such thing, or none that this account may know of.",
    errors.Conflict: "That is taken, or was changed by somebody else first.",
    errors.BadHandle: "A handle is 2 to 40 lower-case letters, digits, dots, hyphens or underscores.",
    errors.IncompatibleRoles: "These roles must not meet in one account.",
    errors.NotYet: "The step before this one is not done.",
    errors.IntegrityFailed: "A hash, a signature or a chain does not match what it covers.",
    errors.UnknownCode: "The vocabulary has no such code.",
}

_PASSWORD = {
    "too_short": "The password needs at least 12 characters.",
    "too_long": "The password is too long.",
    "repeated": "The password repeats itself too much.",
    "sequence": "The password follows the keyboard or the alphabet.",
    "handle": "The password is made from the handle.",
    "common": "The password is one that is guessed first.",
}


def sentence_for(error: errors.TestimonyError) -> str:
    match error:
        case errors.Refused():
            reasons = load("deny_reason")
            said = "; ".join(reasons.label(reason.value, "en") for reason in error.reasons)
            return f"Not allowed: {said}."
        case errors.Throttled():
            return f"Too many tries. The next one is taken after {error.retry_after_seconds} seconds."
        case errors.WeakPassword():
            return _PASSWORD.get(error.code, "The password is too easy to guess.")
        case errors.Invalid():
            return "Not accepted: " + "; ".join(f"{p.field or 'all'}: {p.code}" for p in error.problems) + "."
    for kind, sentence in _SENTENCES.items():
        if isinstance(error, kind):
            return sentence
    return "This could not be done."

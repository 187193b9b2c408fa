"""What can be wrong with an archive on disk. Messages name files and rules, never content."""

from testimony.domain.errors import TestimonyError


class NoArchive(TestimonyError):
    """There is no archive in this directory."""


class ArchiveExists(TestimonyError):
    """This directory is not empty; nothing was changed."""


class ArchiveDamaged(TestimonyError):
    """A file of the archive is missing, unreadable or not what was signed."""


class CompartmentClosed(TestimonyError):
    """This account does not hold the key of that compartment."""


class StorageFailed(TestimonyError):
    """The disk is full, locked or gone: nothing of this step was kept."""


class ArchiveBusy(TestimonyError):
    """The archive did not hold still: somebody writes without end, or a write was cut off."""


class PauseTooLong(ArchiveBusy):
    """Writers would have had to wait for longer than they do."""


class Conflicting(TestimonyError):
    """Another command is at work in the same folder."""


class BackupDamaged(TestimonyError):
    """A part of a backup is missing, changed, cut off, too large, no plain file, or none that belongs there."""


class BackupNotTrusted(TestimonyError):
    """Neither the key that was named signed this backup, nor one that a custodian confirmed."""


class BackupTooOld(TestimonyError):
    """A newer backup, or a newer list of erasures, is known than what was given."""


class BadPlace(TestimonyError):
    """A backup lies apart from its archive, and a restored archive in a folder that is not there yet."""

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

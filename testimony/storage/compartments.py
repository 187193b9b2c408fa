"""The five compartments of an archive and which of them are database files."""

from enum import StrEnum


class Compartment(StrEnum):
    """One key, one circle of members."""

    LEDGER = "ledger"
    VAULT = "vault"
    READING_ROOM = "reading_room"
    IDENTITY = "identity"
    AUDIT = "audit"


FILES = (Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM)
"""Compartments that are SQLCipher files. Identity and audit are sealed values inside the ledger."""

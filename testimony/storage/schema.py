"""The three schemas. Tables stand beside their repositories; each belongs to exactly one of these.

Vault and reading room are attached to a ledger connection under their names; when one is opened alone (to
migrate it), its
schema name is translated to the main database.
"""

from sqlalchemy import MetaData

from testimony.storage.compartments import Compartment

LEDGER = MetaData()
VAULT = MetaData(schema=Compartment.VAULT.value)
READING_ROOM = MetaData(schema=Compartment.READING_ROOM.value)

SCHEMAS = {Compartment.LEDGER: LEDGER, Compartment.VAULT: VAULT, Compartment.READING_ROOM: READING_ROOM}

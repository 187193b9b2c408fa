"""What SQLCipher and SQLite can say of a file by themselves: pages, authentication codes, references, the index."""

import sqlalchemy as sa

from testimony.storage.compartments import Compartment

_SCHEMA = {
    Compartment.LEDGER: "main",
    Compartment.VAULT: Compartment.VAULT.value,
    Compartment.READING_ROOM: Compartment.READING_ROOM.value,
}

_INDEX_AGAINST_ROWS = """
    SELECT (SELECT count(*) FROM reading_room.releases AS l
            LEFT JOIN reading_room.search_documents AS doc ON doc.id = l.id WHERE l.current = 1 AND doc.id IS NULL)
         + (SELECT count(*) FROM reading_room.search_documents AS doc
            LEFT JOIN reading_room.releases AS l ON l.id = doc.id AND l.current = 1 WHERE l.id IS NULL)
"""


def is_sound(connection: sa.Connection, compartment: Compartment) -> bool:
    """Whether every page of an open file authenticates, the trees are in order and no reference dangles."""
    schema = _SCHEMA[compartment]
    if compartment is not Compartment.LEDGER:
        # FTS5 looks for what other connections wrote when a cursor is opened, and not before this pragma: it
        # would hold the pages of today against its memory of yesterday's and call the file broken.
        connection.exec_driver_sql(f"SELECT rowid FROM {schema}.search_text LIMIT 1").first()  # noqa: S608  # ours
    if connection.exec_driver_sql(f"PRAGMA {schema}.cipher_integrity_check").first() is not None:
        return False
    if connection.exec_driver_sql(f"PRAGMA {schema}.integrity_check").scalar() != "ok":
        return False
    return connection.exec_driver_sql(f"PRAGMA {schema}.foreign_key_check").first() is None


def index_differences(connection: sa.Connection) -> int:
    """How many current releases are not in the index, and documents of the index are no current release."""
    count: int = connection.execute(sa.text(_INDEX_AGAINST_ROWS)).scalar_one()
    return count

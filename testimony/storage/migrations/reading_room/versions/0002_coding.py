"""Places, and what coders say of released accounts. Frozen: a change of the schema is a new revision.

Revision ID: reading_room_0002
Revises: reading_room_0001
"""

from alembic import op

revision = "reading_room_0002"
down_revision = "reading_room_0001"

STATEMENTS = (
    """
    CREATE TABLE places (
        place_id TEXT NOT NULL,
        parent TEXT,
        level TEXT NOT NULL,
        kind TEXT,
        added_by TEXT NOT NULL,
        added_on TEXT NOT NULL,
        PRIMARY KEY (place_id),
        CHECK (level IN ('PL1', 'PL2', 'PL3', 'PL4', 'PL5', 'PL6', 'PL7')),
        CHECK ((level = 'PL1') = (parent IS NULL)),
        FOREIGN KEY(parent) REFERENCES places (place_id)
    ) STRICT
    """,
    "CREATE INDEX places_inside ON places (parent)",
    """
    CREATE TABLE place_names (
        place_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        text TEXT NOT NULL,
        language TEXT NOT NULL,
        folded TEXT NOT NULL,
        PRIMARY KEY (place_id, position),
        UNIQUE (place_id, text, language),
        FOREIGN KEY(place_id) REFERENCES places (place_id)
    ) STRICT
    """,
    "CREATE INDEX place_names_folded ON place_names (folded)",
    """
    CREATE TABLE coded_acts (
        act_id TEXT NOT NULL,
        code TEXT NOT NULL,
        release_id INTEGER NOT NULL,
        violation TEXT NOT NULL,
        vocabulary TEXT NOT NULL,
        passage_start INTEGER,
        passage_end INTEGER,
        basis TEXT NOT NULL,
        victims_min INTEGER,
        victims_max INTEGER,
        unit TEXT NOT NULL,
        sex TEXT NOT NULL,
        age_band TEXT,
        perp_group TEXT,
        involvement TEXT,
        identified_by TEXT,
        place_id TEXT,
        happened TEXT,
        methods TEXT DEFAULT ',' NOT NULL,
        multiple_perpetrators INTEGER NOT NULL CHECK (multiple_perpetrators IN (0, 1)),
        in_front_of_others INTEGER NOT NULL CHECK (in_front_of_others IN (0, 1)),
        against_child INTEGER NOT NULL CHECK (against_child IN (0, 1)),
        in_custody INTEGER NOT NULL CHECK (in_custody IN (0, 1)),
        outcome TEXT,
        coder TEXT NOT NULL,
        coded_on TEXT NOT NULL,
        replaces TEXT,
        withdrawn_on TEXT,
        withdrawn_by TEXT,
        PRIMARY KEY (act_id),
        CHECK ((passage_start IS NULL) = (passage_end IS NULL)),
        CHECK (passage_start IS NULL OR (passage_start >= 0 AND passage_start < passage_end)),
        CHECK (victims_min IS NULL OR victims_max IS NULL OR victims_min <= victims_max),
        CHECK (perp_group IS NOT NULL OR (involvement IS NULL AND identified_by IS NULL)),
        CHECK ((withdrawn_on IS NULL) = (withdrawn_by IS NULL)),
        FOREIGN KEY(release_id) REFERENCES releases (id),
        FOREIGN KEY(place_id) REFERENCES places (place_id),
        UNIQUE (replaces),
        FOREIGN KEY(replaces) REFERENCES coded_acts (act_id)
    ) STRICT
    """,
    "CREATE INDEX coded_acts_code ON coded_acts (code)",
    "CREATE INDEX coded_acts_release ON coded_acts (release_id)",
    """
    CREATE TABLE coded_account_types (
        coding_id INTEGER NOT NULL,
        code TEXT NOT NULL,
        release_id INTEGER NOT NULL,
        types TEXT NOT NULL,
        coder TEXT NOT NULL,
        coded_on TEXT NOT NULL,
        withdrawn_on TEXT,
        PRIMARY KEY (coding_id),
        FOREIGN KEY(release_id) REFERENCES releases (id)
    ) STRICT
    """,
    "CREATE INDEX coded_account_types_code ON coded_account_types (code)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)

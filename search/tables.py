"""The tables of the index and the SQL that keeps them. `{schema}` stands for the caller's schema."""

TABLES = (
    "CREATE TABLE {schema}.search_documents (id INTEGER PRIMARY KEY, language TEXT NOT NULL) STRICT",
    # Apart, so that a predicate over many documents does not read their texts.
    "CREATE TABLE {schema}.search_originals (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    "CREATE INDEX {schema}.search_documents_by_language ON search_documents (language)",
    """CREATE TABLE {schema}.search_fields (
        name TEXT NOT NULL, value TEXT NOT NULL, document INTEGER NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
        PRIMARY KEY (name, value, document)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX {schema}.search_fields_by_document ON search_fields (document)",
    "CREATE INDEX {schema}.search_fields_by_day ON search_fields (name, high, low) WHERE high <> ''",
    """CREATE TABLE {schema}.search_labels (
        document INTEGER NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (document, text, language)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE {schema}.search_changes (seq INTEGER PRIMARY KEY, id INTEGER, token BLOB NOT NULL) STRICT",
    "CREATE VIRTUAL TABLE {schema}.search_text USING fts5(exact, stem, name, label, tokenize = 'ascii')",
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    # How many bytes of terms FTS5 gathers before it writes them out: an import writes a sixteenth of the segments.
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('hashsize', 16777216)",
    "CREATE VIRTUAL TABLE {schema}.search_vocabulary USING fts5vocab(search_text, instance)",
)
# Values by place, in the order of docs/formats/search-index.md.
INSERTS = {
    "search_documents": "INSERT INTO {schema}.search_documents (id, language) VALUES (?, ?)",
    "search_originals": "INSERT INTO {schema}.search_originals (id, text) VALUES (?, ?)",
    "search_fields": "INSERT INTO {schema}.search_fields (name, value, document, low, high) VALUES (?, ?, ?, ?, ?)",
    "search_labels": "INSERT INTO {schema}.search_labels (document, text, language) VALUES (?, ?, ?)",
    "search_text": "INSERT INTO {schema}.search_text (rowid, exact, stem, name, label) VALUES (?, ?, ?, ?, ?)",
}
REMOVALS = (
    "DELETE FROM {schema}.search_text WHERE rowid = :id",
    "DELETE FROM {schema}.search_originals WHERE id = :id",
    "DELETE FROM {schema}.search_fields WHERE document = :id",
    "DELETE FROM {schema}.search_labels WHERE document = :id",
    "DELETE FROM {schema}.search_documents WHERE id = :id",
)
LANGUAGE_OF = "SELECT id, language FROM {schema}.search_documents WHERE id IN :ids"
TEXT_OF = "SELECT id, text FROM {schema}.search_originals WHERE id IN :ids"
LABELS_OF = "SELECT document, text, language FROM {schema}.search_labels WHERE document IN :ids ORDER BY text, language"
FIELDS_OF = "SELECT document, name, value, low, high FROM {schema}.search_fields WHERE document IN :ids"
TERMS_OF = "SELECT rowid, exact, stem, name, label FROM {schema}.search_text WHERE rowid IN :ids"
IDS = "SELECT id FROM {schema}.search_documents WHERE id > :after ORDER BY id LIMIT :limit"
EVERY_ID = "SELECT id FROM {schema}.search_documents"
# A loose scan: one step of the index for each language, not for each document.
LANGUAGES = """WITH RECURSIVE found (language) AS (
    SELECT min(language) FROM {schema}.search_documents
    UNION ALL
    SELECT (SELECT min(language) FROM {schema}.search_documents AS later WHERE later.language > found.language)
    FROM found WHERE found.language IS NOT NULL
) SELECT language FROM found WHERE language IS NOT NULL"""
# The terms of one column from one on, within so many occurrences: the terms after them are asked for anew, past all
# occurrences of the last. (A step for each term takes FTS5 longer than to read a thousand occurrences.)
TERMS = """SELECT DISTINCT term FROM (
    SELECT term FROM {schema}.search_vocabulary
    WHERE term >= :begins AND term < :ends AND col = :column LIMIT :most
)"""
STANDING = "SELECT DISTINCT term FROM {schema}.search_vocabulary WHERE term IN :terms"

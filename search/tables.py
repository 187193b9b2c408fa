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
    # Each term of two columns once: a walk over the words of the whole index is a walk over these rows.
    """CREATE TABLE {schema}.search_terms (
        kind TEXT NOT NULL, term TEXT NOT NULL, PRIMARY KEY (kind, term)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE {schema}.search_changes (seq INTEGER PRIMARY KEY, id INTEGER, token BLOB NOT NULL) STRICT",
    # Names first: they are read again for many documents, and SQLite reads a row from its beginning.
    "CREATE VIRTUAL TABLE {schema}.search_text USING fts5(name, exact, stem, label, tokenize = 'ascii')",
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    # How many bytes of terms FTS5 gathers before it writes them out: an import writes a thirtieth of the segments.
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('hashsize', 33554432)",
    # What is left of a page of the encrypted file after its check sum: one of FTS5's pages lies in one of the file's.
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('pgsz', 3960)",
    "CREATE VIRTUAL TABLE {schema}.search_vocabulary USING fts5vocab(search_text, instance)",
)
# Values by place, in the order of docs/formats/search-index.md.
INSERTS = {
    "search_documents": "INSERT INTO {schema}.search_documents (id, language)",
    "search_originals": "INSERT INTO {schema}.search_originals (id, text)",
    "search_fields": "INSERT INTO {schema}.search_fields (name, value, document, low, high)",
    "search_labels": "INSERT INTO {schema}.search_labels (document, text, language)",
    "search_text": "INSERT INTO {schema}.search_text (rowid, exact, stem, name, label)",
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
HAS_LABELS = "SELECT EXISTS (SELECT 1 FROM {schema}.search_labels)"
EVERY_ID = "SELECT group_concat(id) FROM {schema}.search_documents"
# A loose scan: one step of the index for each language, not for each document.
LANGUAGES = """WITH RECURSIVE found (language) AS (
    SELECT min(language) FROM {schema}.search_documents
    UNION ALL
    SELECT (SELECT min(language) FROM {schema}.search_documents AS later WHERE later.language > found.language)
    FROM found WHERE found.language IS NOT NULL
) SELECT language FROM found WHERE language IS NOT NULL"""
# No term holds a blank.
TERMS = """SELECT group_concat(term, ' ') FROM {schema}.search_terms
    WHERE kind = :kind AND term >= :begins AND term < :ends"""
TERMS_AMONG = "SELECT term FROM {schema}.search_terms WHERE kind = :kind AND term IN :ids"
ADD_TERMS = "INSERT OR IGNORE INTO {schema}.search_terms (kind, term)"
# A term goes when no document holds it any more: its first occurrence is one step into the index.
DROP_TERMS = """DELETE FROM {schema}.search_terms WHERE kind = :kind AND term = :term AND NOT EXISTS (
    SELECT 1 FROM {schema}.search_vocabulary AS v WHERE v.term = :term AND v.col = :kind
)"""

"""The SQL of the index. `{schema}` stands for the caller's schema; everything a reader typed is a bound parameter."""

# ruff: noqa: S608  # what is put into these texts is ours or the caller's, never a reader's

from collections.abc import Iterable

from search.access import Access
from search.compiling import Compiled
from search.results import Order, PageRequest

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
    "CREATE INDEX {schema}.search_fields_by_day ON search_fields (name, high, low)",
    "CREATE VIRTUAL TABLE {schema}.search_text USING fts5(exact, stem, name, tokenize = 'ascii')",
    "INSERT INTO {schema}.search_text (search_text, rank) VALUES ('secure-delete', 1)",
    "CREATE VIRTUAL TABLE {schema}.search_vocabulary USING fts5vocab(search_text, col)",
)
REMOVALS = (
    "DELETE FROM {schema}.search_text WHERE rowid = :id",
    "DELETE FROM {schema}.search_originals WHERE id = :id",
    "DELETE FROM {schema}.search_fields WHERE document = :id",
    "DELETE FROM {schema}.search_documents WHERE id = :id",
)
LANGUAGE_OF = "SELECT id, language FROM {schema}.search_documents WHERE id IN :ids"
TEXT_OF = "SELECT id, text FROM {schema}.search_originals WHERE id IN :ids"
# A loose scan: one step of the index for each language, not for each document.
LANGUAGES = """WITH RECURSIVE found (language) AS (
    SELECT min(language) FROM {schema}.search_documents
    UNION ALL
    SELECT (SELECT min(language) FROM {schema}.search_documents AS later WHERE later.language > found.language)
    FROM found WHERE found.language IS NOT NULL
) SELECT language FROM found WHERE language IS NOT NULL"""


def insert_statement(table: str, columns: Iterable[str]) -> str:
    """Return the INSERT of one row, its values bound by column name."""
    names = tuple(columns)
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {{schema}}.{table} ({', '.join(names)}) VALUES ({values})"


def parameters_of(compiled: Compiled, access: Access) -> dict[str, object]:
    """Return what is bound in `count_statement` and, with the page's own, in `page_statement`."""
    matched = {"search_match": compiled.match} if compiled.match else {}
    return {**access.parameters, **compiled.parameters, **matched}


def count_statement(schema: str, compiled: Compiled, access: Access) -> str:
    """Return the statement that counts what a reader may find."""
    return f"{_allowed(schema, compiled, access, '0.0')} SELECT count(*) FROM allowed"


def page_statement(schema: str, compiled: Compiled, access: Access, page: PageRequest) -> str:
    """Return the statement of one page: id, value and total.

    Binds :search_size and, after a first page, :search_after_value and :search_after_id.
    """
    newest = f"coalesce({page.newest}, '')" if page.order is Order.NEWEST else "0.0"
    hits = "SELECT id, value FROM allowed"
    if compiled.match and page.order is Order.RELEVANCE:
        # Only what is allowed is scored, which is the dear part.
        hits = (
            f"SELECT rowid AS id, -bm25(search_text) AS value FROM {schema}.search_text"
            " WHERE search_text MATCH :search_match AND +rowid IN (SELECT id FROM allowed)"
        )
    after = "" if page.after is None else "WHERE (value, id) < (:search_after_value, :search_after_id)"
    return (
        f"{_allowed(schema, compiled, access, newest)}"
        f" SELECT id, value, (SELECT count(*) FROM allowed) AS total FROM ({hits})"
        f" {after} ORDER BY value DESC, id DESC LIMIT :search_size"
    )


def _allowed(schema: str, compiled: Compiled, access: Access, value: str) -> str:
    """Return the common tables `doc` (what matches) and `allowed` (what of it the reader may find).

    Both are materialised: whatever the predicate is, the full text is never asked again for each row.
    """
    matching = f"SELECT id FROM {schema}.search_documents"
    if compiled.match:
        matching = f"SELECT rowid AS id FROM {schema}.search_text WHERE search_text MATCH :search_match"
    return (
        f"WITH doc AS MATERIALIZED ({matching}), allowed AS MATERIALIZED ("
        f"SELECT doc.id AS id, {value} AS value FROM doc {access.joins}"
        f" WHERE ({compiled.condition}) AND ({access.sql}))"
    )

"""The SQL of a search: count and page. Everything a reader typed is a bound parameter."""

# ruff: noqa: S608  # what is put into these texts is ours or the caller's, never a reader's

from search.access import Access
from search.compiling import Compiled
from search.results import Order, PageRequest


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

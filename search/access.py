"""The caller's word on which documents a reader may find. Without one there is no search."""

from collections.abc import Mapping
from dataclasses import dataclass

RESERVED_PREFIX = "search_"


@dataclass(frozen=True, slots=True)
class Access:
    """A predicate handed into the same statement as the full-text match, for hits, counts and order alike.

    sql: a condition over `doc.id` and the joined aliases. Text the caller generated, never a reader's input.
    parameters: values bound to the names in `sql` and `joins`; a name may not begin with `search_`.
    joins: `JOIN …` clauses that follow `search_documents AS doc`; empty when there are none. A join may drop
        a document but must not repeat it.
    """

    sql: str
    parameters: Mapping[str, object]
    joins: str

    def __post_init__(self) -> None:
        if not self.sql.strip():
            raise ValueError("an empty predicate would allow everything; say so, or say what is allowed")
        if any(name.startswith(RESERVED_PREFIX) for name in self.parameters):
            raise ValueError(f"parameter names that begin with {RESERVED_PREFIX} belong to the search")

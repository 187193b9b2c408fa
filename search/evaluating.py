"""A query to the set of documents it finds: FTS5 answers words, the fields answer fields, and sets are joined here."""

from dataclasses import dataclass

from sqlalchemy import Connection

from search.compiling import Compiler, is_text
from search.fields import Fields
from search.marking import NameRule
from search.matches import Matches
from search.name_checking import has_full_name, holding
from search.queries import Query
from search.sets import EMPTY
from search.tree import And, Everything, FieldPrefix, FieldRange, FieldValue, Name, Node, Not, Nothing, Or


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One query against one index within one transaction. everything: what NOT and `*` choose from."""

    connection: Connection
    compiler: Compiler
    matches: Matches
    fields: Fields
    query: Query
    everything: int

    def documents(self) -> int:
        """Return what the query finds among `everything`. Raises QueryTooCostly."""
        return self._documents(self.query.root) & self.everything

    def _documents(self, node: Node) -> int:
        if is_text(node) and not isinstance(node, Not) and not has_full_name(node):
            return self.matches.of(self.connection, self.compiler.expression(node))
        match node:
            case And(nodes):
                found = self.everything
                for part in nodes:
                    if not found:
                        break
                    found &= self._documents(part)
                return found
            case Or(nodes):
                found = EMPTY
                for part in nodes:
                    found |= self._documents(part)
                return found
            case Not(part):
                return self.everything & ~self._documents(part)
            case FieldValue() | FieldPrefix() | FieldRange():
                kind = self.query.fields[node.field]
                return self.fields.having(self.connection, node, kind, self.query.labels)
            case Name():
                return self._named(node)
            case Everything():
                return self.everything
            case Nothing():
                return EMPTY
            case _:
                raise ValueError("a part of a query that nobody answers")

    def _named(self, name: Name) -> int:
        """Return where a name stands: FTS5 finds its parts near each other, but maybe in several names."""
        expression = self.compiler.expression(name)
        found = self.matches.of(self.connection, expression)
        rules = [rule for rule in self.compiler.rules(name) if isinstance(rule, NameRule)]
        if not rules:
            return found
        return self.matches.kept(
            self.connection,
            f"named {expression}",
            lambda: holding(self.connection, self.matches.schema, rules[0], found),
        )

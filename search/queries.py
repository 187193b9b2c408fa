"""Reading what somebody typed into a search box, by Whoosh's parser and plugins.

Nothing typed is an error: what is not good syntax is read as words and the explanation says so. What would cost
too much is refused with a reason.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from whoosh import query as whoosh_query

from search.errors import CostReason, QueryTooCostly
from search.explanations import Explanation, Repair
from search.folding import WORD
from search.grammar import EXACT, NAME, parser_for
from search.repairs import nesting, visible_repairs
from search.tree import (
    And,
    Everything,
    FieldPrefix,
    FieldRange,
    FieldValue,
    Fuzzy,
    Name,
    Node,
    Not,
    Nothing,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Word,
    depth,
    leaves,
    written,
)

__all__ = ["FieldKind", "Labels", "Names", "Query", "QueryTooCostly", "narrowed", "parse"]

Labels = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Field → what people call its values, in any case → the values: `act`, "Pillage" → `PRO.03`."""

NO_LABELS: Labels = {}
AS_WRITTEN_WINDOW = 3
"""How many words may stand between the parts of a name that is looked for as it is written."""

MAX_LENGTH = 2000
MAX_TERMS = 64
MAX_NAME_PARTS = 8
MAX_DEPTH = 12
MAX_BRACKETS = 24
MAX_BOOST = 5
MAX_DISTANCE = 2
MAX_SLOP = 50


class FieldKind(StrEnum):
    """How the values of a field compare."""

    CODE = "code"
    DATE = "date"


class Names(StrEnum):
    """What `name:` finds: the person in any spelling and script, or the letters that were typed."""

    ANY_SPELLING = "any_spelling"
    AS_WRITTEN = "as_written"


@dataclass(frozen=True, slots=True)
class Query:
    """A query as read. `fields` are the kinds it was read with; `labels` what values are called."""

    root: Node
    fields: Mapping[str, FieldKind]
    explanation: Explanation
    labels: Labels

    def __repr__(self) -> str:
        return "Query(…)"


def parse(
    text: str,
    fields: Mapping[str, FieldKind],
    *,
    labels: Labels = NO_LABELS,
    names: Names = Names.ANY_SPELLING,
) -> Query:
    """Read a query. `language` and `name` are always fields.

    Raises QueryTooCostly for a text that is too long or has too many words or levels; nothing else.
    """
    if len(text) > MAX_LENGTH:
        raise QueryTooCostly(CostReason.LENGTH)
    kinds = {**fields, "language": FieldKind.CODE}
    cleaned = _cleaned(text)
    if nesting(cleaned) > MAX_DEPTH:
        raise QueryTooCostly(CostReason.DEPTH)
    if sum(map(cleaned.count, "[{")) > MAX_BRACKETS:  # the range plugin's pattern is cubic in these
        raise QueryTooCostly(CostReason.TERMS)
    repairs = list(visible_repairs(cleaned))
    try:
        tree = parser_for((*kinds, NAME)).parse(cleaned, normalize=False)
        root = _translated(tree, kinds)
    except (IndexError, AttributeError, TypeError, ValueError, KeyError, whoosh_query.QueryError):
        # Whoosh stumbles over some operators without operands ("NOT NOT NOT").
        repairs.append(Repair.READ_AS_WORDS)
        root = _as_words(cleaned)
    if isinstance(root, Nothing):
        repairs.append(Repair.NOTHING_TO_FIND)
    if names is Names.AS_WRITTEN:
        root = _as_written(root)
    _require_bounds(root)
    return Query(root, kinds, Explanation(written(root), root, tuple(dict.fromkeys(repairs))), labels)


def narrowed(query: Query, filters: Sequence[tuple[str, str]]) -> Query:
    """Return the query with values of fields that must be there as well; a field that is none is passed over.

    Raises QueryTooCostly when they are too many.
    """
    chosen = [FieldValue(name, value) for name, value in filters if name in query.fields]
    if not chosen:
        return query
    whole = query.root if not isinstance(query.root, Nothing) else Everything()
    root = _joined(And, [whole, *chosen])
    _require_bounds(root)
    return replace(query, root=root, explanation=replace(query.explanation, text=written(root), reading=root))


def _as_written(node: Node) -> Node:
    match node:
        case And(nodes) | Or(nodes):
            return type(node)(tuple(map(_as_written, nodes)))
        case Not(part):
            return Not(_as_written(part))
        case Name(parts, boost):
            return Phrase(parts, AS_WRITTEN_WINDOW if len(parts) > 1 else 0, boost)
        case _:
            return node


_ANY_LETTER = re.compile("[?\u055e\u061f\u1367]")  # what Whoosh takes for a question mark
# Curly and angled quotation marks stand for the straight one; a null or a line break is a space.
_QUOTES = re.compile("[“”„‟«»＂]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]+")


def _cleaned(text: str) -> str:
    return _BLANKS.sub(" ", _QUOTES.sub('"', text)).strip()


def _as_words(text: str) -> Node:
    return _joined(And, [Word(match.group()) for match in WORD.finditer(text)])


def _translated(tree: whoosh_query.Query, kinds: Mapping[str, FieldKind]) -> Node:
    match tree:
        case whoosh_query.And() | whoosh_query.Or():
            kind = And if isinstance(tree, whoosh_query.And) else Or
            return _joined(kind, [_boosted(_translated(part, kinds), tree.boost) for part in tree.subqueries])
        case whoosh_query.Not():
            part = _translated(tree.query, kinds)
            return part if isinstance(part, Nothing) else Not(part)
        case whoosh_query.TermRange():
            return _range(tree, kinds)
        case whoosh_query.Phrase():
            return _phrase(tree, kinds)
        case whoosh_query.Term() | whoosh_query.Prefix() | whoosh_query.Wildcard() | whoosh_query.FuzzyTerm():
            return _term(tree, kinds)
        case _:
            return Nothing()


def _term(tree: whoosh_query.Query, kinds: Mapping[str, FieldKind]) -> Node:
    text, boost = tree.text, _whole(tree.boost)
    if tree.fieldname in kinds:
        prefixed = isinstance(tree, whoosh_query.Prefix)
        value = text.strip()
        if isinstance(tree, whoosh_query.FuzzyTerm) and kinds[tree.fieldname] is FieldKind.DATE:
            value += "~"  # behind a date it means about
        return FieldPrefix(tree.fieldname, value) if prefixed else FieldValue(tree.fieldname, value)
    words = tuple(WORD.findall(text))
    if tree.fieldname == NAME:
        return Name(words, boost) if words else Nothing()
    if isinstance(tree, whoosh_query.Wildcard):
        return _pattern(text, boost)
    if not words:
        return Nothing()
    if isinstance(tree, whoosh_query.Prefix):
        return Prefix(words, boost)
    if len(words) > 1 or tree.fieldname == EXACT:
        return Phrase(words, 0, boost)
    if isinstance(tree, whoosh_query.FuzzyTerm):
        return Fuzzy(words[0], max(1, min(tree.maxdist, MAX_DISTANCE)), max(1, tree.prefixlength), boost)
    return Word(words[0], boost)


def _pattern(text: str, boost: int) -> Node:
    # A question mark at the end of a word ends a question; it is not a letter.
    pattern = _ANY_LETTER.sub("?", text).rstrip("?")
    pieces = [piece for piece in re.split(r"[*?]+", pattern) if piece]
    if not pieces:
        return Everything() if "*" in pattern else Nothing()
    if not all(WORD.fullmatch(piece) for piece in pieces):
        return _as_words(pattern)
    if pattern == pieces[0]:
        return Word(pattern, boost)
    return Prefix((pieces[0],), boost) if pattern.strip("*") + "*" == pattern else Pattern(pattern, boost)


def _phrase(tree: whoosh_query.Phrase, kinds: Mapping[str, FieldKind]) -> Node:
    text, boost = " ".join(tree.words), _whole(tree.boost)
    if tree.fieldname in kinds:
        return FieldValue(tree.fieldname, text)
    words = tuple(WORD.findall(text))
    if not words:
        return Nothing()
    if tree.fieldname == NAME:
        return Name(words, boost)
    return Phrase(words, min(tree.slop, MAX_SLOP) if len(words) > 1 else 0, boost)


def _range(tree: whoosh_query.TermRange, kinds: Mapping[str, FieldKind]) -> Node:
    low, high = (tree.start or "").strip(), (tree.end or "").strip()
    if tree.fieldname in kinds:
        return FieldRange(tree.fieldname, low, high, tree.startexcl, tree.endexcl)
    return _as_words(f"{low} to {high}")


def _boosted(node: Node, boost: float) -> Node:
    factor = _whole(boost)
    match node:
        case _ if factor == 1:
            return node
        case And(nodes) | Or(nodes):
            return type(node)(tuple(_boosted(part, factor) for part in nodes))
        case Word() | Phrase() | Prefix() | Pattern() | Fuzzy() | Name():
            return replace(node, boost=min(node.boost * factor, MAX_BOOST))
        case _:
            return node


def _whole(boost: float) -> int:
    return max(1, min(MAX_BOOST, round(boost)))


def _joined(kind: type[And] | type[Or], nodes: list[Node]) -> Node:
    flat: list[Node] = []
    for node in nodes:
        if isinstance(node, kind):
            flat.extend(node.nodes)
        elif not isinstance(node, Nothing):
            flat.append(node)
    if len(flat) > 1:
        return kind(tuple(flat))
    return flat[0] if flat else Nothing()


def _require_bounds(root: Node) -> None:
    if any(isinstance(leaf, Name) and len(leaf.parts) > MAX_NAME_PARTS for leaf in leaves(root)):
        raise QueryTooCostly(CostReason.TERMS)
    words = sum(
        len(leaf.words)
        if isinstance(leaf, Phrase | Prefix)
        else len(leaf.parts)
        if isinstance(leaf, Name)
        else 1
        for leaf in leaves(root)
    )
    if words > MAX_TERMS:
        raise QueryTooCostly(CostReason.TERMS)
    if depth(root) > MAX_DEPTH:
        raise QueryTooCostly(CostReason.DEPTH)

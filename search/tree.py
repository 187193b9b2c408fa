"""A query as read: words, phrases and fields under AND, OR and NOT. Each node writes itself out again."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One word in all its forms."""

    text: str
    boost: int = 1

    def __str__(self) -> str:
        return self.text + _boost(self.boost)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this form and order; with `slop`, in any order with at most that many words between."""

    words: tuple[str, ...]
    slop: int = 0
    boost: int = 1

    def __str__(self) -> str:
        if len(self.words) == 1:
            return f"={self.words[0]}" + _boost(self.boost)
        return f'"{" ".join(self.words)}"' + (f"~{self.slop}" if self.slop else "") + _boost(self.boost)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin so; earlier `words` stand right before."""

    words: tuple[str, ...]
    boost: int = 1

    def __str__(self) -> str:
        return "-".join(self.words) + "*" + _boost(self.boost)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words of this shape: `?` is one letter, `*` any number."""

    pattern: str
    boost: int = 1

    def __str__(self) -> str:
        return self.pattern + _boost(self.boost)


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Words at most `distance` letters away (inserted, dropped, changed, swapped).

    They share the first `prefix` letters, at least one: it keeps the walk through the vocabulary short.
    """

    word: str
    distance: int
    prefix: int
    boost: int = 1

    def __str__(self) -> str:
        prefix = f"/{self.prefix}" if self.prefix > 1 else ""
        return f"{self.word}~{self.distance}{prefix}" + _boost(self.boost)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in any spelling or script, its parts in any order."""

    parts: tuple[str, ...]
    boost: int = 1

    def __str__(self) -> str:
        return f'name:"{" ".join(self.parts)}"' + _boost(self.boost)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field with this value."""

    field: str
    value: str

    def __str__(self) -> str:
        return f'{self.field}:"{self.value}"'


@dataclass(frozen=True, slots=True)
class FieldPrefix:
    """A field whose value begins so."""

    field: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}:{self.value}*"


@dataclass(frozen=True, slots=True)
class FieldRange:
    """A field between two values; an empty end is open."""

    field: str
    low: str
    high: str
    excludes_low: bool
    excludes_high: bool

    def __str__(self) -> str:
        opening = "{" if self.excludes_low else "["
        closing = "}" if self.excludes_high else "]"
        inside = " ".join(part for part in (self.low, "to", self.high) if part)
        return f"{self.field}:{opening}{inside}{closing}"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document the reader may find."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document: the query had no words."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Not:
    """Documents that do not match."""

    node: "Node"

    def __str__(self) -> str:
        return f"NOT ({self.node})" if isinstance(self.node, Not) else f"NOT {self.node}"


@dataclass(frozen=True, slots=True)
class And:
    """Documents that match every part."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return "(" + " AND ".join(map(str, self.nodes)) + ")"


@dataclass(frozen=True, slots=True)
class Or:
    """Documents that match at least one part."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return "(" + " OR ".join(map(str, self.nodes)) + ")"


Node = (
    Word
    | Phrase
    | Prefix
    | Pattern
    | Fuzzy
    | Name
    | FieldValue
    | FieldPrefix
    | FieldRange
    | Everything
    | Nothing
    | Not
    | And
    | Or
)


def leaves(node: Node) -> Iterator[Node]:
    """Yield the parts without parts, in the order written."""
    match node:
        case And(nodes) | Or(nodes):
            for part in nodes:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def depth(node: Node) -> int:
    """Return how many levels of AND, OR and NOT there are."""
    match node:
        case And(nodes) | Or(nodes):
            return 1 + max(map(depth, nodes))
        case Not(part):
            return 1 + depth(part)
        case _:
            return 0


def written(node: Node) -> str:
    """Return the query in full, without the outermost brackets."""
    text = str(node)
    return text[1:-1] if isinstance(node, And | Or) else text


def _boost(boost: int) -> str:
    return f"^{boost}" if boost != 1 else ""

"""The query language: Whoosh's parser with the plugins we keep and two of our own.

Left out on purpose: single quotes (an apostrophe is a letter of French), regular expressions (their cost has no
bound), the operators ANDNOT, ANDMAYBE and REQUIRE (nobody types them).
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from whoosh.qparser import QueryParser, plugins, syntax

TEXT = "text"
NAME = "name"
EXACT = "exact_"


class _ExactPlugin(plugins.TaggingPlugin):  # type: ignore[misc]  # whoosh has no types
    """`=word` and `="a phrase"`: this form and no other."""

    expr = re.compile(r"(?<!\S)=(?=[\w\"])|(?<=\()=(?=[\w\"])")
    nodetype = syntax.FieldnameNode

    def create(self, parser: QueryParser, match: re.Match[str]) -> syntax.FieldnameNode:
        return syntax.FieldnameNode(EXACT, match.group())


class _PhrasePlugin(plugins.PhrasePlugin):  # type: ignore[misc]  # whoosh has no types
    """Whoosh's phrases, with slop counted as words between, so that `"a b"~1` differs from `"a b"`."""

    class PhraseTagger(plugins.PhrasePlugin.PhraseTagger):  # type: ignore[misc]  # whoosh has no types
        def create(self, parser: QueryParser, match: re.Match[str]) -> syntax.SyntaxNode:
            slop = int(match.group("slop") or 0)
            return plugins.PhrasePlugin.PhraseNode(match.group("text"), match.start("text"), slop)


class FastParser(QueryParser):  # type: ignore[misc]  # whoosh has no types
    """Whoosh's parser, which looks for syntax at every code point, spared the insides of words: none begins there."""

    def __init__(self, plugged: list[Any]) -> None:
        super().__init__(TEXT, None, plugins=plugged)
        self._taggers: list[Any] = super().taggers()
        self._filters: list[Any] = super().filters()

    def taggers(self) -> list[Any]:
        return self._taggers

    def filters(self) -> list[Any]:
        return self._filters

    def tag(self, text: str, pos: int = 0, debug: bool = False) -> syntax.GroupNode:
        found: list[syntax.SyntaxNode] = []
        taken = pos
        while pos < len(text):
            for tagger in self._taggers:
                node = tagger.match(self, text, pos)
                if node is not None:
                    if node.endchar <= pos:
                        raise ValueError("syntax that takes nothing up would be found for ever")
                    found += _word(text, taken, pos)
                    found.append(node)
                    taken = pos = node.endchar
                    break
            else:
                following = _BEGINS.search(text, pos + 1)
                pos = following.start() if following else len(text)
        return self.group(found + _word(text, taken, len(text)))


_BEGINS = re.compile(r"(?<!\w)\w|\W")


def _word(text: str, start: int, end: int) -> list[syntax.SyntaxNode]:
    if start == end:
        return []
    word = syntax.WordNode(text[start:end])
    word.startchar, word.endchar = start, end
    return [word]


def parser_for(fields: Iterable[str]) -> FastParser:
    """Return a parser that knows these fields; another word before a colon is a word."""
    return _parser_for(frozenset(fields))


@lru_cache(maxsize=16)
def _parser_for(fields: frozenset[str]) -> FastParser:
    names = "|".join(re.escape(name) for name in sorted(fields, key=lambda name: (-len(name), name)))
    return FastParser(
        [
            plugins.FieldsPlugin(rf"(?<!\w)(?P<text>{names}):"),
            _ExactPlugin(),
            plugins.WildcardPlugin(),
            _PhrasePlugin('"(?P<text>[^"]*)"(~(?P<slop>[1-9][0-9]{0,3}))?'),
            plugins.RangePlugin(),
            plugins.GroupPlugin(),
            plugins.OperatorsPlugin(AndMaybe=None, AndNot=None, Require=None),
            plugins.BoostPlugin(),
            plugins.FuzzyTermPlugin(),
        ]
    )

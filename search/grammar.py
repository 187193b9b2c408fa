"""The query language: Whoosh's parser with the plugins we keep and two of our own.

Left out on purpose: single quotes (an apostrophe is a letter of French), regular expressions (their cost has no
bound), the operators ANDNOT, ANDMAYBE and REQUIRE (nobody types them).
"""

import re
from collections.abc import Iterable

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


def parser_for(fields: Iterable[str]) -> QueryParser:
    """Return a parser that knows these fields; another word before a colon is a word."""
    names = "|".join(re.escape(name) for name in sorted(set(fields), key=len, reverse=True))
    return QueryParser(
        TEXT,
        None,
        plugins=[
            plugins.FieldsPlugin(rf"(?<!\w)(?P<text>{names}):"),
            _ExactPlugin(),
            plugins.WildcardPlugin(),
            _PhrasePlugin('"(?P<text>[^"]*)"(~(?P<slop>[1-9][0-9]{0,3}))?'),
            plugins.RangePlugin(),
            plugins.GroupPlugin(),
            plugins.OperatorsPlugin(AndMaybe=None, AndNot=None, Require=None),
            plugins.BoostPlugin(),
            plugins.FuzzyTermPlugin(),
        ],
    )

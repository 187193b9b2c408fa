"""What the pages of originals show, made ready for the templates. Decides nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import LazyString, lazy_gettext

from search.results import Fragment
from testimony.services.finding import NO_WARNING
from testimony.services.originals_search import FoundOriginal, OriginalsPage, OriginalText, OriginalView
from testimony.web.finding_reasons import why_words
from testimony.web.finding_text import Piece
from testimony.web.finding_words import (
    html_language,
    language_name,
    reading_notes,
    repair_words,
    told_words,
    warning_words,
)

KINDS: Mapping[str, LazyString] = {
    "verbatim": lazy_gettext("Word for word"),
    "notes": lazy_gettext("Notes"),
    "interpreter_rendering": lazy_gettext("What the interpreter said"),
    "translation": lazy_gettext("A translation"),
    "summary": lazy_gettext("A summary"),
}

_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class OriginalLine:
    """One hit among originals. Its excerpt is folded away: nothing in it is withheld."""

    code: str
    href: str
    told: str
    language: str
    html_language: str
    case_id: str
    kind: str
    warning: str | None
    snippet: tuple[Piece, ...] = field(repr=False)
    why: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OriginalsResults:
    read_as: str = field(repr=False)
    repairs: tuple[str, ...]
    notes: tuple[str, ...]
    total: int
    first: int
    hits: tuple[OriginalLine, ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class VersionText:
    """One version of what was said. kind: in words."""

    number: int
    kind: str
    language: str
    html_language: str
    paragraphs: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OriginalPage:
    """versions: the newest first. left: how many more originals this person may read today."""

    code: str
    told: str
    case_id: str
    warning: str | None
    versions: tuple[VersionText, ...] = field(repr=False)
    left: int


def originals_page(found: OriginalsPage, token: str, page: int, first: int) -> OriginalsResults:
    return OriginalsResults(
        read_as=found.explanation.text,
        repairs=repair_words(found.explanation),
        notes=reading_notes(found.explanation),
        total=found.total,
        first=first,
        hits=tuple(_line(hit, token) for hit in found.hits),
        previous=_page_href(token, page - 1) if page > 1 else None,
        next=_page_href(token, page + 1) if found.next_key is not None else None,
    )


def original_page(view: OriginalView) -> OriginalPage:
    return OriginalPage(
        code=view.code,
        told=told_words(view.month),
        case_id=view.case_id,
        warning=None if view.warning == NO_WARNING else warning_words(view.warning),
        versions=tuple(map(_version, view.versions)),
        left=view.left_today,
    )


def _line(hit: FoundOriginal, token: str) -> OriginalLine:
    return OriginalLine(
        code=hit.code,
        href=url_for("finding.original", token=token, code=hit.code),
        told=told_words(hit.month),
        language=language_name(hit.language),
        html_language=html_language(hit.language),
        case_id=hit.case_id,
        kind=_kind(hit.kind),
        warning=warning_words(hit.warning) if hit.is_graphic else None,
        snippet=tuple(_piece(fragment) for fragment in hit.snippet),
        why=why_words(hit.reasons),
    )


def _version(text: OriginalText) -> VersionText:
    parts = (part.strip() for part in _PARAGRAPH_BREAK.split(text.text))
    return VersionText(
        text.version_no,
        _kind(text.kind),
        language_name(text.language),
        html_language(text.language),
        tuple(part for part in parts if part),
    )


def _kind(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def _piece(fragment: Fragment) -> Piece:
    return Piece(fragment.text, is_marked=fragment.marked)


def _page_href(token: str, page: int) -> str:
    return url_for("finding.found_originals", token=token, page=None if page == 1 else page)

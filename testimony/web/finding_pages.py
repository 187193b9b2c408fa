"""What the pages of the finding room show, made ready for the templates. Decides nothing."""

from dataclasses import dataclass, field

from flask import url_for
from flask_babel import gettext

from testimony.domain.purposes import Purpose
from testimony.domain.vocabulary import load
from testimony.services.finding import FoundRelease, PurposeOffer, SearchPage
from testimony.services.reading import ReleaseNotice, ReleaseView
from testimony.storage.released_files import ReleasedFile
from testimony.web.finding_desk import KeptSearch
from testimony.web.finding_facets import FacetPanel, facet_panel
from testimony.web.finding_reasons import why_words
from testimony.web.finding_text import Piece, count_tokens, paragraphs, snippet_pieces
from testimony.web.finding_words import (
    AUDIENCES,
    PURPOSES,
    act_name,
    day_words,
    html_language,
    language_name,
    limit_sentences,
    place_name,
    reading_notes,
    repair_words,
    told_words,
    warning_words,
    withheld_label,
    withheld_sentence,
)
from testimony.web.translation import current_language


@dataclass(frozen=True, slots=True)
class CaseLine:
    id: str
    title: str
    until: str


@dataclass(frozen=True, slots=True)
class PurposeLine:
    """One purpose to choose from. layer: which release serves it."""

    value: str
    name: str
    meaning: str
    layer: str
    cases: tuple[CaseLine, ...]


@dataclass(frozen=True, slots=True)
class HitLine:
    """One hit.

    told: when the account was given. regions, acts: where what was coded of it happened, and what it was. warning:
    the kind of content in words, None where nothing stands before it. why: for words that differ from what was typed.
    """

    code: str
    href: str
    told: str
    language: str
    html_language: str
    case_id: str
    layer: str
    regions: tuple[str, ...] = field(repr=False)
    acts: tuple[Piece, ...] = field(repr=False)
    warning: str | None
    snippet: tuple[Piece, ...] = field(repr=False)
    why: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """read_as: the query with every operator written out. first: the number of the first hit shown, from 1.

    suggestion, name_offer: queries to search instead; None where there is none.
    """

    read_as: str = field(repr=False)
    repairs: tuple[str, ...]
    notes: tuple[str, ...]
    total: int
    first: int
    hits: tuple[HitLine, ...]
    previous: str | None
    next: str | None
    panel: FacetPanel
    suggestion: str | None = field(repr=False)
    name_offer: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SimilarPage:
    """Testimonies with the words of another, nearest first. back: where that one is read."""

    code: str
    back: str
    hits: tuple[HitLine, ...]


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A release without its text. told: when it was given. back: the list it was found in, or the search page."""

    code: str
    warning: str
    told: str
    language: str
    case_id: str
    layer: str
    back: str


@dataclass(frozen=True, slots=True)
class WithheldLine:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """A released testimony. similar: where those like it are.

    earlier, later: its neighbours in the list; None where there is none.
    """

    notice: NoticePage
    number: int
    cite_as: str
    released_on: str
    html_language: str
    is_graphic: bool
    paragraphs: tuple[tuple[Piece, ...], ...] = field(repr=False)
    withheld: str
    withheld_parts: tuple[WithheldLine, ...]
    limits: tuple[str, ...]
    similar: str
    earlier: str | None
    later: str | None


@dataclass(frozen=True, slots=True)
class ReleasedFileLine:
    """A file beside a released text. href: where it is saved from."""

    name: str
    href: str
    size: int


def file_line(file: ReleasedFile) -> ReleasedFileLine:
    kind = load("exhibit").label(file.kind, current_language())
    href = url_for("finding.released_file", code=file.code, number=file.number)
    return ReleasedFileLine(
        gettext("File %(number)s: %(kind)s", number=file.number, kind=kind), href, file.size
    )


def purpose_lines(offers: tuple[PurposeOffer, ...]) -> tuple[PurposeLine, ...]:
    return tuple(
        PurposeLine(
            offer.purpose.value,
            str(PURPOSES[offer.purpose].short),
            str(PURPOSES[offer.purpose].meaning),
            str(AUDIENCES[offer.audience]),
            tuple(
                CaseLine(opened.case.case_id, opened.case.title, day_words(opened.until.date()))
                for opened in offer.cases
            ),
        )
        for offer in offers
    )


def purpose_name(purpose: Purpose) -> str:
    return str(PURPOSES[purpose].short)


def results_page(found: SearchPage, kept: KeptSearch, page: int, first: int) -> ResultsPage:
    return ResultsPage(
        read_as=found.explanation.text,
        repairs=repair_words(found.explanation),
        notes=reading_notes(found.explanation),
        total=found.total,
        first=first,
        hits=tuple(_hit_line(hit, kept.token) for hit in found.hits),
        previous=_page_href(kept.token, page - 1) if page > 1 else None,
        next=_page_href(kept.token, page + 1) if found.next_key is not None else None,
        panel=facet_panel(found, kept.request),
        suggestion=found.suggestion,
        name_offer=found.name_offer,
    )


def similar_page(code: str, hits: tuple[FoundRelease, ...], kept: KeptSearch | None) -> SimilarPage:
    token = None if kept is None else kept.token
    return SimilarPage(code, _reading_href(code, token) or "", tuple(_hit_line(hit, None) for hit in hits))


def notice_page(notice: ReleaseNotice, kept: KeptSearch | None) -> NoticePage:
    return NoticePage(
        code=notice.code,
        warning=warning_words(notice.warning),
        told=told_words(notice.month),
        language=language_name(notice.language),
        case_id=notice.case_id,
        layer=str(AUDIENCES[notice.audience]),
        back=_back_href(notice.code, kept),
    )


def reading_page(view: ReleaseView, kept: KeptSearch | None) -> ReadingPage:
    notice = view.notice
    earlier, later = (None, None) if kept is None else kept.neighbours(notice.code)
    token = None if kept is None else kept.token
    parts = paragraphs(view.text)
    return ReadingPage(
        notice=notice_page(notice, kept),
        number=notice.number,
        cite_as=gettext(
            "%(code)s, release %(number)s, %(layer)s",
            code=notice.code,
            number=notice.number,
            layer=AUDIENCES[notice.audience],
        ),
        released_on=day_words(notice.released_at.date()),
        html_language=html_language(notice.language),
        is_graphic=notice.is_graphic,
        paragraphs=parts,
        withheld=withheld_sentence(view.withheld, count_tokens(parts)),
        withheld_parts=tuple(WithheldLine(withheld_label(part), part.count) for part in view.withheld),
        limits=limit_sentences(view.limits),
        similar=url_for("finding.similar_to", code=notice.code, found=token),
        earlier=_reading_href(earlier, token),
        later=_reading_href(later, token),
    )


def _hit_line(hit: FoundRelease, token: str | None) -> HitLine:
    acts = tuple(dict.fromkeys(map(act_name, hit.acts)))
    # What it was coded as stands there already, and is marked there.
    found = {reason.found for reason in hit.reasons}
    reasons = (reason for reason in hit.reasons if reason.found not in acts)
    return HitLine(
        code=hit.code,
        href=url_for("finding.read", code=hit.code, found=token),
        told=told_words(hit.month),
        language=language_name(hit.language),
        html_language=html_language(hit.language),
        case_id=hit.case_id,
        layer=str(AUDIENCES[hit.audience]),
        regions=tuple(dict.fromkeys(map(place_name, hit.regions))),
        acts=tuple(Piece(act, is_marked=act in found) for act in acts),
        warning=warning_words(hit.warning) if hit.is_graphic else None,
        snippet=tuple(snippet_pieces(hit.snippet)),
        why=why_words(reasons),
    )


def _page_href(token: str, page: int) -> str:
    return url_for("finding.found", token=token, page=None if page == 1 else page)


def _back_href(code: str, kept: KeptSearch | None) -> str:
    if kept is None:
        return url_for("finding.index")
    return _page_href(kept.token, kept.page_of(code))


def _reading_href(code: str | None, token: str | None) -> str | None:
    return None if code is None else url_for("finding.read", code=code, found=token)

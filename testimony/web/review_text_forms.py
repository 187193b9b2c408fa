"""The form and view models of copies of text documents: words and what becomes of them, so that no script is needed."""

from dataclasses import dataclass, field

from flask import request
from flask_babel import lazy_gettext
from wtforms import StringField

from testimony.domain.errors import Invalid, Problem
from testimony.domain.matching import Span, occurrences_of_each
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision, categories
from testimony.services.text_copies import MAX_WORDS, Document, Suggested, Withheld
from testimony.web.finding_words import html_language
from testimony.web.forms import ArchiveForm
from testimony.web.review_file_forms import layer_named
from testimony.web.review_panes import Paragraph, original_paragraphs

EMPTY_ROWS = 3
KEEP = "keep"
"""What the form says of words that stay."""
MAKE, CHECK, WITHHOLD_REST = "make", "check", "withhold-rest"
_DECISIONS = {"": MarkDecision.PROPOSED, KEEP: MarkDecision.REJECTED}


@dataclass(frozen=True, slots=True)
class WordRow:
    """One row of the form. category: of redaction.csv, KEEP, or empty while undecided. proposed: the
    category of a detector. places: how often the words stand there, as it counted.
    """

    words: str = field(default="", repr=False)
    category: str = ""
    proposed: str = ""
    detector: str = ""
    places: int = 0


class TextCopyForm(ArchiveForm):
    audience = StringField(lazy_gettext("For whom"))
    sha256 = StringField()

    @property
    def act(self) -> str:
        return request.form.get("act", MAKE)

    def layer_chosen(self) -> tuple[Audience, str]:
        """Raises Invalid."""
        return layer_named(self.text("audience"))

    def typed(self) -> tuple[WordRow, ...]:
        """The rows that say something, as they were sent; with "withhold the rest", none of them undecided."""
        names = ("words", "category", "proposed", "detector", "places")
        columns = [request.form.getlist(name)[: 2 * MAX_WORDS] for name in names]
        rows = []
        for at, words in enumerate(columns[0]):
            told, proposed, detector, places = (
                column[at] if at < len(column) else "" for column in columns[1:]
            )
            if not told and self.act == WITHHOLD_REST:
                told = proposed
            if told != KEEP and told not in categories():
                told = ""
            proposed = proposed if proposed in categories() else ""
            if words.strip():
                rows.append(
                    WordRow(words, told, proposed, detector, int(places) if places.isdecimal() else 0)
                )
        return tuple(rows)

    def withheld(self) -> tuple[Withheld, ...]:
        """Raises Invalid."""
        return tuple(
            Withheld(row.words, row.category) for row in self.typed() if row.category not in _DECISIONS
        )

    def kept(self) -> tuple[str, ...]:
        return tuple(row.words for row in self.typed() if row.category == KEEP)

    def require_decided(self) -> None:
        """Raises Invalid."""
        if any(not row.category for row in self.typed()):
            raise Invalid((Problem("undecided_words", "required"),))


@dataclass(frozen=True, slots=True)
class TextPage:
    """paragraphs: the document with what is withheld, proposed and kept marked. undecided: rows to decide."""

    sha256: str
    language: str
    paragraphs: tuple[Paragraph, ...] = field(repr=False)
    rows: tuple[WordRow, ...] = field(repr=False)
    undecided: int
    failed: tuple[str, ...]
    guessed: str = ""


def text_page_of(document: Document, typed: tuple[WordRow, ...]) -> TextPage:
    rows = (*typed, *map(_row, document.suggested))
    return TextPage(
        document.sha256,
        html_language(document.account.version.language),
        original_paragraphs(document.text, _marks(document.text, rows), Audience.PUBLIC),
        (*rows, *(WordRow() for _ in range(EMPTY_ROWS))),
        sum(not row.category for row in rows),
        document.failed,
        document.guessed,
    )


def _row(found: Suggested) -> WordRow:
    return WordRow(found.words, "", found.category, found.detector, found.places)


def _marks(text: str, rows: tuple[WordRow, ...]) -> tuple[Mark, ...]:
    """Each place of each row, to be looked at; an undecided row of the form has no category yet."""
    each: tuple[tuple[Span, ...], ...] = occurrences_of_each(text, (row.words for row in rows))
    return tuple(
        Mark(
            id=f"{at}-{place}",
            start=span.start,
            end=span.end,
            category=row.category if row.category not in _DECISIONS else row.proposed or "B.5",
            withheld_from=Audience.COURT,
            decision=_DECISIONS.get(row.category, MarkDecision.ACCEPTED),
        )
        for at, (row, spans) in enumerate(zip(rows, each, strict=True))
        for place, span in enumerate(spans)
    )

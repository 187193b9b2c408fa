"""What the coding pages show, made ready for the templates. Decides nothing."""

from dataclasses import dataclass, field
from datetime import date

from flask import url_for
from flask_babel import format_date, gettext

from testimony.domain.acts import CodedAct
from testimony.domain.purposes import Audience
from testimony.services.coded import ActView, CodingDesk
from testimony.web.coding_dates import when_words
from testimony.web.coding_words import (
    PARTS,
    acts_sentence,
    detail_words,
    label,
    perpetrator_words,
    place_words,
    victim_words,
)
from testimony.web.finding_text import Piece, paragraphs
from testimony.web.finding_words import AUDIENCES, html_language, language_name


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act in words. passage: its words, or None; elsewhere: a sentence when they are not in this text."""

    act_id: str
    name: str
    code: str
    facts: tuple[tuple[str, str], ...]
    passage: str | None = field(repr=False)
    elsewhere: str | None
    coded: str
    may_withdraw: bool
    correct_href: str
    withdraw_href: str


@dataclass(frozen=True, slots=True)
class LayerLink:
    name: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A release and what is coded of it. layers: for a reviewer, the releases that may be coded."""

    code: str
    layer: str
    number: int
    language: str
    html_language: str
    sentence: str
    acts: tuple[ActLine, ...]
    withdrawn: tuple[ActLine, ...]
    types: tuple[str, ...]
    parts: tuple[str, ...]
    layers: tuple[LayerLink, ...]
    act_href: str
    types_href: str
    account_href: str
    back_href: str
    paragraphs: tuple[tuple[Piece, ...], ...] = field(repr=False)


def account_page(desk: CodingDesk, layers: tuple[Audience, ...], release: str | None) -> AccountPage:
    """release: the audience that addresses name to lead back to the same release; None for an investigator."""
    lines = {view.act.act_id: _line(view, desk, release) for view in desk.acts}
    standing = tuple(lines[view.act.act_id] for view in desk.acts if not view.act.is_withdrawn)
    told = desk.account_types.types if desk.account_types else ()
    return AccountPage(
        code=desk.code,
        layer=str(AUDIENCES[desk.audience]),
        number=desk.number,
        language=language_name(desk.language),
        html_language=html_language(desk.language),
        sentence=acts_sentence(len(standing)),
        acts=standing,
        withdrawn=tuple(lines[view.act.act_id] for view in desk.acts if view.act.is_withdrawn),
        types=tuple(label("account_type", code) for code in told),
        parts=tuple(str(PARTS[part]) for part in sorted(desk.closed_parts)),
        layers=tuple(
            LayerLink(
                str(AUDIENCES[audience]),
                url_for("coding.account", code=desk.code, release=audience.value),
                audience is desk.audience,
            )
            for audience in layers
        ),
        act_href=url_for("coding.act_form", code=desk.code, release=release),
        types_href=url_for("coding.set_types", code=desk.code, release=release),
        account_href=url_for("coding.account", code=desk.code, release=release),
        back_href=_back_href(desk, layers),
        paragraphs=paragraphs(desk.text),
    )


def _line(view: ActView, desk: CodingDesk, release: str | None) -> ActLine:
    act, coding = view.act, view.act.coding
    passage = coding.passage
    return ActLine(
        act_id=act.act_id,
        name=label("violation", coding.violation),
        code=coding.violation,
        facts=_facts(view),
        passage=desk.text[passage.start : passage.end] if passage else None,
        elsewhere=None if passage else _elsewhere(act),
        coded=_coded(view),
        may_withdraw=view.may_withdraw,
        correct_href=url_for("coding.act_form", code=desk.code, of=act.act_id, release=release),
        withdraw_href=url_for("coding.withdraw", code=desk.code, act_id=act.act_id, release=release),
    )


def _facts(view: ActView) -> tuple[tuple[str, str], ...]:
    coding = view.act.coding
    said = (
        (gettext("Victims"), victim_words(coding.victims)),
        (gettext("By"), perpetrator_words(coding)),
        (gettext("Where"), place_words(view.place) if view.place else None),
        (gettext("When"), when_words(coding.when) if coding.when else None),
        (gettext("Also"), " · ".join(detail_words(coding)) or None),
        (gettext("Known by"), label("basis", coding.basis)),
    )
    return tuple((str(term), words) for term, words in said if words is not None)


def _elsewhere(act: CodedAct) -> str:
    layer = AUDIENCES[act.audience]
    if not act.source_is_current:
        return str(
            gettext(
                "Coded from an earlier release: %(number)s, %(layer)s.",
                number=act.release_number,
                layer=layer,
            )
        )
    return str(
        gettext("Coded from the %(layer)s, release %(number)s.", number=act.release_number, layer=layer)
    )


def _coded(view: ActView) -> str:
    day = format_date(date.fromisoformat(view.act.coded_on), "d MMMM y")
    if view.is_mine:
        who = gettext("Coded by you on %(day)s.", day=day)
    elif view.coder:
        who = gettext("Coded by %(name)s on %(day)s.", name=view.coder, day=day)
    else:
        who = gettext("Coded by another coder on %(day)s.", day=day)
    if view.act.withdrawn_on is None:
        return str(who)
    gone = format_date(date.fromisoformat(view.act.withdrawn_on), "d MMMM y")
    withdrawn = gettext("Withdrawn on %(day)s.", day=gone)
    return f"{who} {withdrawn}"


def _back_href(desk: CodingDesk, layers: tuple[Audience, ...]) -> str:
    if layers:
        return url_for("review.released")
    return url_for("finding.read", code=desk.code)

"""Histories: what one account has done, who has seen one testimony, and who can see now against who has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from testimony.domain.accounts import AccountState
from testimony.domain.audit import Outcome
from testimony.domain.roles import Role
from testimony.policy.seeing import Depth
from testimony.services import log_histories, seen_and_can
from testimony.services.grants_over_time import GrantSpan
from testimony.services.log_histories import Look
from testimony.services.seen_and_can import Comparison
from testimony.web import log_views
from testimony.web.custody_words import ACCOUNT_STATES
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_picture import make_bars
from testimony.web.log_questions import surprise_sentence
from testimony.web.log_words import ACTIONS, OUTCOMES, REASONS
from testimony.web.roles import ROLE_NAMES
from testimony.web.sessions import current_session
from testimony.web.translation import known_day, listed
from testimony.web.wiring import now

DEPTHS: dict[Depth, LazyString] = {
    Depth.WORDS: lazy_gettext("its words"),
    Depth.IDENTITY: lazy_gettext("who the witness is"),
    Depth.ABOUT: lazy_gettext("that it is there, and its state"),
}


@dataclass(frozen=True, slots=True)
class LookLine:
    """One entry of a testimony's history. under, consent: the grants and the version of that moment, in words."""

    line: log_views.Line
    person: str | None
    depth: str
    under: tuple[str, ...]
    consent: str
    is_odd: bool


@blueprint.get("/person/<account_id>")
@allow(Role.AUDITOR)
def person_page(account_id: str) -> ResponseReturnValue:
    history = log_histories.person_history(current_session(), account_id, now())
    return render_template(
        "log/person.html",
        history=history,
        roles=listed(ROLE_NAMES[role] for role in history.roles),
        state=str(ACCOUNT_STATES[AccountState(history.state)][0]),
        days=make_bars(history.days),
        actions=[
            (
                str(ACTIONS[action]),
                str(OUTCOMES[Outcome(outcome)]),
                number,
                url_for("log.index", who=account_id, did=action.value, ended=outcome),
            )
            for action, outcome, number in history.actions
        ],
        surprises=[surprise_sentence(one) for one in history.surprises],
        today=history.today and surprise_sentence(history.today),
        grants=[_grant(one) for one in history.grants],
        finding=url_for("log.new_finding", kind="account", id=account_id),
    )


@blueprint.get("/testimony/<code>")
@allow(Role.AUDITOR)
def testimony_page(code: str) -> ResponseReturnValue:
    history = log_histories.testimony_history(current_session(), code, _before(), now())
    seen = [
        (
            history.handles.get(one.account_id, one.account_id),
            url_for("log.person_page", account_id=one.account_id),
            [(str(DEPTHS[depth]), times) for depth, times in one.depths],
            one.first,
            one.last,
        )
        for one in history.seen
    ]
    older = history.older and url_for("log.testimony_page", code=history.code, before=history.older)
    return render_template(
        "log/testimony.html",
        history=history,
        seen=seen,
        looks=[_look(one, history.handles) for one in history.looks],
        older=older,
        finding=url_for("log.new_finding", kind="testimony", id=history.code),
    )


@blueprint.get("/testimony/<code>/readers")
@allow(Role.AUDITOR)
def testimony_readers(code: str) -> ResponseReturnValue:
    found = seen_and_can.compare_testimony(current_session(), code, now())
    return _compared(found, gettext("testimony"), code, url_for("log.testimony_page", code=code))


@blueprint.get("/case/<case_id>")
@allow(Role.AUDITOR)
def case_page(case_id: str) -> ResponseReturnValue:
    found = seen_and_can.compare_case(current_session(), case_id, now())
    return _compared(found, gettext("case"), case_id, url_for("log.index", case=case_id))


def difference_sentences(found: Comparison) -> tuple[str, ...]:
    """The two lists against each other, in words."""
    can, both, gone = len(found.can), len(found.both), len(found.seen_only)
    sentences = [
        ngettext("%(num)s person can see it.", "%(num)s people can see it.", can),
        ngettext("%(num)s of them has seen it.", "%(num)s of them have seen it.", both),
    ]
    sentences.append(
        ngettext(
            "%(num)s person who has seen it no longer can.",
            "%(num)s people who have seen it no longer can.",
            gone,
        )
    )
    return tuple(sentences)


def _compared(found: Comparison, kind: str, name: str, history: str) -> str:
    return render_template(
        "log/readers.html",
        found=found,
        kind=kind,
        name=name,
        history=history,
        sentences=difference_sentences(found),
        people={one.handle: url_for("log.person_page", account_id=one.account_id) for one in found.seen},
    )


def _look(look: Look, handles: Mapping[str, str]) -> LookLine:
    event = look.event
    needs_grant = event.purpose is not None and look.depth is not None
    lacking = "" if look.lacking is None else str(REASONS[look.lacking])
    consent = ""
    if look.consent is not None and event.purpose is not None:
        consent = gettext("version %(number)s of the consent", number=look.consent)
        consent = f"{consent}: {lacking}" if lacking else consent
    under = tuple(_short(one) for one in look.grants)
    if needs_grant and not under:
        under = (gettext("no grant that we know of"),)
    return LookLine(
        line=log_views.make_line(event, handles),
        person=event.actor and url_for("log.person_page", account_id=event.actor),
        depth="" if look.depth is None else str(DEPTHS[look.depth]),
        under=under,
        consent=consent,
        is_odd=needs_grant and (not look.grants or look.lacking is not None),
    )


def _short(one: GrantSpan) -> str:
    return str(gettext("grant %(id)s until %(day)s", id=one.id, day=known_day(one.planned.date())))


def _grant(one: GrantSpan) -> tuple[str, str, datetime, datetime, str]:
    ended = gettext("taken back before its date") if one.was_ended else ""
    return one.id, one.case_id, one.since, one.until, ended


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

"""What the pages of the log show: frozen values made from events. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import format_date, gettext

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Outcome
from testimony.domain.events import EventFilter
from testimony.domain.vocabulary import load
from testimony.policy.questions import Question
from testimony.services.audit import Choices, Event, EventPage
from testimony.web.log_fields import field_words
from testimony.web.log_question_words import QUESTIONS
from testimony.web.log_words import (
    ACTIONS,
    OUTCOMES,
    REASONS,
    kind_name,
    more_fields,
    phrase,
)
from testimony.web.roles import ROLE_NAMES
from testimony.web.translation import current_language, listed

STRIP_HEIGHT = 40
BAR_WIDTH = 4


@dataclass(frozen=True, slots=True)
class About:
    """What an event is about: a plain word, how it is called, where its history is."""

    kind: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the river. refusals: in words; empty when the act was allowed."""

    seq: int
    time: str
    at: datetime
    actor: str
    phrase: str
    about: About | None
    is_erased: bool
    extras: tuple[str, ...]
    purpose: str
    refusals: tuple[str, ...]
    denied: bool
    has_detail: bool


@dataclass(frozen=True, slots=True)
class Day:
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the filter that narrows now, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class StripDay:
    name: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Activity by hour. bars: (x, y, height) in a drawing `width` by STRIP_HEIGHT. summary: the same in
    words.
    """

    bars: tuple[tuple[int, int, int], ...]
    days: tuple[StripDay, ...]
    width: int
    summary: str


def day_heading(day: date) -> str:
    return str(format_date(day, "EEEE d MMMM y"))


def make_days(page: EventPage) -> tuple[Day, ...]:
    lines = (make_line(event, page.handles) for event in page.events)
    return tuple(
        Day(day_heading(day), tuple(of_day)) for day, of_day in groupby(lines, lambda line: line.at.date())
    )


def make_line(event: Event, handles: Mapping[str, str]) -> Line:
    extras = [_extra(field, handles) for field in more_fields(event.action, event.fields)]
    if event.count is not None:
        extras.append(gettext("%(number)s shown", number=event.count))
    return Line(
        seq=event.seq,
        time=event.at.strftime("%H:%M"),
        at=event.at,
        actor=actor_name(event.actor, handles),
        phrase=phrase(event.action, event.fields),
        about=make_about(event, handles),
        is_erased=event.subject is not None and event.subject.id is None,
        extras=tuple(extras),
        purpose="" if event.purpose is None else event.purpose.value,
        refusals=tuple(str(REASONS[reason]) for reason in event.reasons),
        denied=event.outcome is Outcome.DENIED,
        has_detail=event.has_detail,
    )


def actor_name(actor: str | None, handles: Mapping[str, str]) -> str:
    return str(gettext("Nobody signed in")) if actor is None else handles.get(actor, actor)


def make_about(event: Event, handles: Mapping[str, str]) -> About | None:
    subject = event.subject
    if subject is None or subject.id is None or subject.kind is None:
        return None
    name = handles.get(subject.id, subject.id) if subject.kind == "account" else subject.id
    match subject.kind:
        case "event":
            address = url_for("log.event_page", seq=int(subject.id))
        case "account":
            address = url_for("log.person_page", account_id=subject.id)
        case "testimony":
            address = url_for("log.testimony_page", code=subject.id)
        case "finding":
            address = url_for("log.finding_page", number=int(subject.id))
        case _:
            address = url_for("log.index", about=subject.id)
    if subject.kind == "question" and subject.id in set(Question):
        name = str(QUESTIONS[Question(subject.id)].title)
    return About(kind_name(subject.kind), name, address)


def _extra(field: str, handles: Mapping[str, str]) -> str:
    if field.startswith("to:"):
        return str(gettext("for %(handle)s", handle=handles.get(field[3:], field[3:])))
    return field_words(field)


def purpose_label(code: str) -> str:
    return f"{code} · {load('consent_purpose').label(code, current_language())}"


def role_names(event: Event) -> str:
    return listed(ROLE_NAMES[role] for role in event.roles)


def filter_arguments(wanted: EventFilter) -> dict[str, Any]:
    """The filter as it stands in an address: codes, ids and days alone."""
    values = {
        "who": wanted.actor,
        "role": wanted.role,
        "did": wanted.action,
        "ended": wanted.outcome,
        "case": wanted.case_id,
        "about": wanted.subject,
        "purpose": wanted.purpose,
        "since": wanted.since and wanted.since.date().isoformat(),
        "until": wanted.until and (wanted.until - timedelta(days=1)).date().isoformat(),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def make_chips(wanted: EventFilter, choices: Choices, page: str = "log.index") -> tuple[Chip, ...]:
    """page: the endpoint that shows the choice."""
    handles = dict(choices.accounts)
    texts = {
        "actor": wanted.actor and handles.get(wanted.actor, wanted.actor),
        "role": wanted.role and str(ROLE_NAMES[wanted.role]),
        "action": wanted.action and str(ACTIONS[wanted.action]),
        "outcome": wanted.outcome and str(OUTCOMES[wanted.outcome]),
        "case_id": wanted.case_id,
        "subject": wanted.subject and handles.get(AccountId(wanted.subject), wanted.subject),
        "purpose": wanted.purpose and wanted.purpose.value,
        "since": wanted.since and gettext("from %(day)s", day=format_date(wanted.since, "d MMMM y")),
        "until": wanted.until
        and gettext("to %(day)s", day=format_date(wanted.until - timedelta(days=1), "d MMMM y")),
    }
    return tuple(
        Chip(text, url_for(page, **filter_arguments(replace(wanted, **{part.name: None}))))
        for part in fields(wanted)
        if (text := texts.get(part.name))
    )


def make_strip(page: EventPage, wanted: EventFilter) -> Strip:
    highest = max((count for _, count in page.activity), default=0)
    bars = tuple(
        (number * BAR_WIDTH, STRIP_HEIGHT - height, height)
        for number, (_, count) in enumerate(page.activity)
        if count and (height := max(2, round(STRIP_HEIGHT * count / highest)))
    )
    days = tuple(
        _strip_day(day, sum(count for _, count in hours), wanted)
        for day, hours in groupby(page.activity, lambda hour: hour[0].date())
    )
    busiest = max(page.activity, key=lambda hour: hour[1])
    summary = (
        gettext("No events in these seven days.")
        if highest == 0
        else gettext(
            "Most in one hour: %(number)s, on %(day)s at %(hour)s.",
            number=highest,
            day=format_date(busiest[0], "EEEE d MMMM"),
            hour=busiest[0].strftime("%H:%M"),
        )
    )
    return Strip(bars, days, len(page.activity) * BAR_WIDTH, summary)


def _strip_day(day: date, count: int, wanted: EventFilter) -> StripDay:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    narrowed = replace(wanted, since=start, until=start + timedelta(days=1))
    return StripDay(format_date(day, "EEE d"), count, url_for("log.index", **filter_arguments(narrowed)))

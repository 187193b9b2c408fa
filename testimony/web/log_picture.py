"""When the chosen events happened: a line of days and a picture of hours by weekday. Drawn here, without script."""

from dataclasses import dataclass

from babel.dates import get_day_names
from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, gettext

from testimony.domain.roles import Role
from testimony.services import audit, log_picture
from testimony.services.log_picture import Picture
from testimony.web import log_views
from testimony.web.guards import allow
from testimony.web.log_blueprint import blueprint
from testimony.web.log_forms import LogFilterForm
from testimony.web.sessions import current_session
from testimony.web.wiring import now

STEPS = 5
"""How many shades there are above none."""


@dataclass(frozen=True, slots=True)
class Week:
    """names: of the days. rows: for each day, (number, shade from 0 to STEPS) by hour."""

    rows: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    busiest: str


@dataclass(frozen=True, slots=True)
class DayBars:
    """bars: (x, y, height) in a drawing `width` by 40. lines: (day, number, address) of days with events."""

    bars: tuple[tuple[int, int, int], ...]
    width: int
    first: str
    last: str
    busiest: str


@blueprint.get("/picture")
@allow(Role.AUDITOR)
def picture_page() -> ResponseReturnValue:
    session, at = current_session(), now()
    form = LogFilterForm(request.args)
    choices = audit.choices(session, at)
    form.offer(choices)
    if not form.validate():
        return make_response(render_template("log/bad_filter.html", form=form), 422)
    wanted = form.wanted()
    found = log_picture.picture(session, wanted, at)
    return render_template(
        "log/picture.html",
        form=form,
        chips=log_views.make_chips(wanted, choices, "log.picture_page"),
        picture=found,
        week=make_week(found),
        days=make_bars(found.days),
        listed=url_for("log.index", **log_views.filter_arguments(wanted)),
    )


def make_week(found: Picture) -> Week:
    names = get_day_names("wide", locale=get_locale())
    highest = max((count for row in found.hours for count in row), default=0)
    rows = tuple(
        (names[number], tuple((count, shade(count, highest)) for count in row))
        for number, row in enumerate(found.hours)
    )
    if highest == 0:
        return Week(rows, gettext("No events in these days."))
    day, hour = next(
        (day, hour)
        for day, row in enumerate(found.hours)
        for hour, count in enumerate(row)
        if count == highest
    )
    return Week(
        rows,
        gettext(
            "Most on %(day)s from %(hour)s: %(number)s.",
            day=names[day],
            hour=f"{hour:02d}:00",
            number=highest,
        ),
    )


def make_bars(days: tuple[tuple[object, int], ...]) -> DayBars:
    highest = max((count for _, count in days), default=0)
    bars = tuple(
        (number * 4, 40 - height, height)
        for number, (_, count) in enumerate(days)
        if count and (height := max(2, round(40 * count / highest)))
    )
    if not days:
        return DayBars((), 4, "", "", gettext("No events in these days."))
    busiest = max(days, key=lambda one: one[1])
    said = (
        gettext("No events in these days.")
        if highest == 0
        else gettext("Most on %(day)s: %(number)s.", day=format_date(busiest[0], "d MMMM y"), number=highest)
    )
    first, last = (str(format_date(one, "d MMM y")) for one in (days[0][0], days[-1][0]))
    return DayBars(bars, len(days) * 4, first, last, said)


def shade(count: int, highest: int) -> int:
    """From 0 for none to STEPS for the most; one event already shows."""
    return 0 if not count else max(1, round(STEPS * count / highest))

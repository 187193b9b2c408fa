"""What speaks for and against the accused in one account: the text, what is marked in it, and a form for one more."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from testimony.domain.bearing import LONGEST_NOTE, Bearing, NewBearing
from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid
from testimony.domain.quoting import MAX_QUOTE, quoted
from testimony.domain.roles import Role
from testimony.domain.vocabulary import load
from testimony.services.bearings import BearingDesk, mark_bearing, open_bearings, take_back_bearing
from testimony.web.coding_words import label, lay_problems
from testimony.web.finding_words import html_language
from testimony.web.forms import ArchiveForm
from testimony.web.guards import allow
from testimony.web.review_queue import blueprint, needs_warning
from testimony.web.sessions import current_session
from testimony.web.wiring import now

BEARINGS = {
    Bearing.AGAINST: lazy_gettext("Speaks against the accused"),
    Bearing.IN_FAVOUR: lazy_gettext("Helps the accused"),
    Bearing.CONTRADICTION: lazy_gettext("Contradicts itself or another account"),
}


class BearingForm(ArchiveForm):
    bearing = RadioField(
        lazy_gettext("What it does"),
        [InputRequired(lazy_gettext("Choose what the passage does."))],
    )
    begins = TextAreaField(
        lazy_gettext("Words of the account that tell it, or how the passage begins"), [Length(max=MAX_QUOTE)]
    )
    ends = StringField(lazy_gettext("How a longer passage ends"), [Length(max=MAX_QUOTE)])
    which = IntegerField(
        lazy_gettext("Which mention, if the words stand there more than once"),
        [Optional(), NumberRange(min=0)],
    )
    group = SelectField(lazy_gettext("Which group it is about"), [Optional()])
    note = TextAreaField(lazy_gettext("Note for reviewers"), [Length(max=LONGEST_NOTE)])

    def offer(self) -> None:
        self.bearing.choices = list(BEARINGS.items())
        groups = [(term.code, label("perp_group", term.code)) for term in load("perp_group").terms]
        self.group.choices = [("", gettext("not said")), *groups]

    def said(self, text: str) -> NewBearing:
        """Raises Invalid."""
        passage = quoted(text, self.text("begins"), self.text("ends"), int(self.which.data or 0))
        return NewBearing(
            Bearing(self.text("bearing")), passage, self.text("group") or None, self.text("note").strip()
        )


@blueprint.get("/<code>/bearing")
@allow(Role.REVIEWER)
def bearings_page(code: str) -> ResponseReturnValue:
    code = parse_code(code)
    if needs_warning(code):
        return redirect(url_for("review.warning", code=code), code=303)
    form = BearingForm(formdata=None)
    return _page(open_bearings(current_session(), code, now()), form, 200)


@blueprint.post("/<code>/bearing")
@allow(Role.REVIEWER)
def mark_it(code: str) -> ResponseReturnValue:
    code, form = parse_code(code), BearingForm.of_request()
    form.offer()
    desk = open_bearings(current_session(), code, now())
    if not form.validate():
        return _page(desk, form, 422)
    version = request.form.get("version", type=int) or 0
    try:
        mark_bearing(current_session(), code, version, form.said(desk.text), now())
    except Invalid as fault:
        lay_problems(form, fault)
        return _page(desk, form, 422)
    return redirect(url_for("review.bearings_page", code=code), code=303)


@blueprint.post("/<code>/bearing/<bearing_id>/take-back")
@allow(Role.REVIEWER)
def take_it_back(code: str, bearing_id: str) -> ResponseReturnValue:
    take_back_bearing(current_session(), parse_code(code), bearing_id, now())
    return redirect(url_for("review.bearings_page", code=parse_code(code)), code=303)


def _page(desk: BearingDesk, form: BearingForm, status: int) -> ResponseReturnValue:
    form.offer()
    page = render_template(
        "review/bearings.html",
        desk=desk,
        form=form,
        names=BEARINGS,
        group_name=lambda group: label("perp_group", group),
        language=html_language(desk.language),
        paragraphs=tuple(line for line in desk.text.splitlines() if line.strip()),
    )
    return make_response(page, status)

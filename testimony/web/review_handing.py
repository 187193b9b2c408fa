"""Handing over what is sealed for one named recipient: prepared here, approved by a custodian, taken out here."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import Optional

from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, Refused
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.disclosing import purposes_of
from testimony.services.handing_to_recipient import (
    HandedOver,
    ToRecipient,
    handed_over,
    prepare_for_recipient,
    take_package,
)
from testimony.services.recipient_files import approach_recipient
from testimony.web.custody_disclosures import STATES
from testimony.web.custody_words import Word
from testimony.web.errors import refusal_page
from testimony.web.forms import ArchiveForm, add_error
from testimony.web.guards import allow
from testimony.web.log_views import purpose_label
from testimony.web.review_queue import blueprint
from testimony.web.review_words import refused_words
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class HandToRecipientForm(ArchiveForm):
    purpose = SelectField(lazy_gettext("For"))
    of_the_state = BooleanField(lazy_gettext("It belongs to the state of the events"))
    death_penalty = BooleanField(lazy_gettext("The death penalty may apply there"))
    fair_trial = BooleanField(lazy_gettext("A review found that trials are fair there"))
    protective = BooleanField(lazy_gettext("Protective measures were agreed"))
    expires_on = DateField(lazy_gettext("To be given back by"), [Optional()])

    def offer(self, kind: str) -> None:
        """kind: of the recipient."""
        self.purpose.choices = [(one.value, purpose_label(one.value)) for one in purposes_of(kind)]

    def wanted(self) -> ToRecipient:
        return ToRecipient(
            purpose=Purpose(self.text("purpose")),
            of_the_state=bool(self.of_the_state.data),
            death_penalty=bool(self.death_penalty.data),
            fair_trial=bool(self.fair_trial.data),
            protective=bool(self.protective.data),
            expires_on=self.expires_on.data,
        )


@dataclass(frozen=True, slots=True)
class HandingLine:
    """One handing over. files: how many go with the text. may_take: whether its package can be taken out now."""

    id: str
    purpose: str
    words: Word
    prepared_at: datetime
    sent_on: date | None
    files: int
    may_take: bool
    elsewhere: int


@blueprint.get("/<code>/sealed/<int:release_id>/hand-over")
@allow(Role.REVIEWER)
def hand_to_recipient_page(code: str, release_id: int) -> ResponseReturnValue:
    return _page(parse_code(code), release_id, HandToRecipientForm())


@blueprint.post("/<code>/sealed/<int:release_id>/hand-over")
@allow(Role.REVIEWER)
def prepare_to_recipient(code: str, release_id: int) -> ResponseReturnValue:
    form, code = HandToRecipientForm.of_request(), parse_code(code)
    going = approach_recipient(current_session(), code, release_id, now())
    form.offer(going.recipient.kind)
    if not form.validate():
        return _page(code, release_id, form, 422)
    try:
        prepare_for_recipient(current_session(), code, release_id, form.wanted(), now())
    except Invalid as fault:
        for problem in fault.problems:
            add_error(form, problem.field, gettext("This does not fit."))
        return _page(code, release_id, form, 422)
    except Refused as refusal:
        for sentence in refused_words(refusal):
            add_error(form, "purpose", sentence)
        return _page(code, release_id, form, 422)
    return redirect(url_for("review.sealed_page", code=code, release_id=release_id), code=303)


@blueprint.post("/handed/<disclosure_id>/package")
@allow(Role.REVIEWER)
def take_package_out(disclosure_id: str) -> ResponseReturnValue:
    try:
        package = take_package(current_session(), disclosure_id, now())
    except Refused as refusal:
        return refusal_page(refusal, refused_words(refusal))
    answer = Response(package.content, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{package.name}.zip"'
    return answer


def handing_lines(code: str, release_id: int) -> tuple[HandingLine, ...]:
    return tuple(map(_line, handed_over(current_session(), code, release_id, now())))


def _line(view: HandedOver) -> HandingLine:
    row = view.row
    return HandingLine(
        id=row.disclosure_id,
        purpose=purpose_label(row.purpose),
        words=STATES[row.state],
        prepared_at=datetime.fromisoformat(row.prepared_at),
        sent_on=date.fromisoformat(row.sent_on) if row.sent_on else None,
        files=view.files,
        may_take=row.state == "approved",
        elsewhere=row.helping_elsewhere,
    )


def _page(code: str, release_id: int, form: HandToRecipientForm, status: int = 200) -> ResponseReturnValue:
    going = approach_recipient(current_session(), code, release_id, now())
    form.offer(going.recipient.kind)
    return (
        render_template(
            "review/hand_to_recipient.html",
            code=code,
            release_id=release_id,
            number=going.kept.number,
            name=going.recipient.name,
            files=len(going.files),
            form=form,
        ),
        status,
    )

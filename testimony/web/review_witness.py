"""The text for the witness, to print or to read aloud, and the form for what they said of it."""

from dataclasses import dataclass, field
from datetime import date

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, StringField
from wtforms.validators import AnyOf, InputRequired, Optional

from testimony.domain.errors import Invalid
from testimony.domain.roles import Role
from testimony.domain.witness_word import Answer, AskedBy, WhyNotAsked, WordOfWitness
from testimony.services.approving import code_of
from testimony.services.witness_word import Reading, read_to_witness, record_word
from testimony.web.finding_words import html_language
from testimony.web.forms import ArchiveForm
from testimony.web.guards import allow
from testimony.web.review_forms import AUDIENCE_NAMES
from testimony.web.review_queue import blueprint
from testimony.web.review_witness_words import (
    ASKED_BY,
    CHOICES,
    INCOMPLETE,
    PROBLEMS,
    WHY_NOT_ASKED,
    WORDS,
    word_sentence,
)
from testimony.web.sessions import current_session
from testimony.web.wiring import now


class WordForm(ArchiveForm):
    """Codes and a day: there is no field for words, which might name somebody."""

    word = StringField(validators=[InputRequired(), AnyOf(tuple(WordOfWitness))])
    why_not = StringField(validators=[Optional(), AnyOf(tuple(WhyNotAsked))])
    asked_by = StringField(validators=[InputRequired(), AnyOf(tuple(AskedBy))])
    asked_on = DateField(validators=[InputRequired()])

    def answer(self) -> Answer:
        """Of a valid form. Raises Invalid."""
        why = self.text("why_not")
        day = self.asked_on.data
        if not isinstance(day, date):
            raise RuntimeError("a form is validated before it is read")
        return Answer(
            WordOfWitness(self.text("word")),
            day,
            AskedBy(self.text("asked_by")),
            WhyNotAsked(why) if why else None,
        )


@dataclass(frozen=True, slots=True)
class WitnessPage:
    """The text, line by line, and what was said of it. told: (day, in words), oldest first."""

    code: str
    set_id: str
    name: str
    language: str
    lines: tuple[str, ...] = field(repr=False)
    state: str
    told: tuple[tuple[str, str], ...]
    may_record: bool
    today: str


@blueprint.get("/layers/<set_id>/witness")
@allow(Role.REVIEWER)
def witness_page(set_id: str) -> ResponseReturnValue:
    return _page(set_id)


@blueprint.post("/layers/<set_id>/witness")
@allow(Role.REVIEWER)
def record_witness_word(set_id: str) -> ResponseReturnValue:
    form = WordForm.of_request()
    if not form.validate():
        return make_response(_page(set_id, form, (str(INCOMPLETE),)), 422)
    try:
        record_word(current_session(), set_id, form.answer(), now())
    except Invalid as invalid:
        wrong = tuple(str(PROBLEMS.get(problem.field, INCOMPLETE)) for problem in invalid.problems)
        return make_response(_page(set_id, form, wrong), 422)
    code = code_of(current_session(), set_id)
    return redirect(url_for("review.workspace", code=code, _anchor="layers"), code=303)


def _page(set_id: str, form: WordForm | None = None, problems: tuple[str, ...] = ()) -> str:
    page = _view(read_to_witness(current_session(), set_id, now()))
    return render_template(
        "review/witness.html",
        page=page,
        form=form or WordForm(),
        choices=CHOICES,
        why_not=WHY_NOT_ASKED,
        asked_by=ASKED_BY,
        problems=tuple((None, sentence) for sentence in problems),
    )


def _view(reading: Reading) -> WitnessPage:
    return WitnessPage(
        code=reading.code,
        set_id=reading.set_id,
        name=str(AUDIENCE_NAMES[reading.audience]),
        language=html_language(reading.language),
        lines=tuple(line for line in reading.text.split("\n") if line.strip()),
        state=str(word_sentence(reading.holds)),
        told=tuple((row.asked_on, str(WORDS[WordOfWitness(row.word)])) for row in reading.told),
        may_record=reading.may_record,
        today=now().date().isoformat(),
    )

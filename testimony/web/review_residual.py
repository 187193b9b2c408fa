"""What is left in a layer, taken together: shown in words, made more exact, and proposed despite it for a reason."""

from dataclasses import dataclass, field

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid
from testimony.domain.places import PlaceId
from testimony.domain.purposes import Audience
from testimony.domain.residual import LONGEST_REASON, POPULATIONS, Residual
from testimony.domain.roles import Role
from testimony.domain.telling_details import Detail, Kind
from testimony.domain.vocabulary import load
from testimony.services.approving import propose_despite
from testimony.services.residual_checks import Preview, preview, say_population, say_population_in_case
from testimony.web.guards import allow
from testimony.web.review_forms import AUDIENCE_NAMES, DespiteForm, PopulationForm, audience_named, sentences
from testimony.web.review_queue import blueprint
from testimony.web.sessions import current_session
from testimony.web.translation import current_language
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place that can be read, or a kind of place. band: how many live there, empty where nobody said; in_case:
    whether that counts in this case alone. guess: how many it is taken to be, for a kind.
    """

    id: str
    name: str = field(repr=False)
    band: str
    in_case: bool = False
    guess: int = 0


@dataclass(frozen=True, slots=True)
class ResidualView:
    """What was found, in words. sentence: the result; details: what is left, one by one."""

    passed: bool
    sentence: str
    details: tuple[str, ...] = field(repr=False)


@blueprint.get("/<code>/residual/<audience>")
@allow(Role.REVIEWER)
def residual_page(code: str, audience: str) -> ResponseReturnValue:
    return make_response(_page(parse_code(code), audience_named(audience)))


@blueprint.post("/<code>/residual/<audience>")
@allow(Role.REVIEWER)
def propose_despite_it(code: str, audience: str) -> ResponseReturnValue:
    form, code, chosen = DespiteForm.of_request(), parse_code(code), audience_named(audience)
    try:
        propose_despite(current_session(), form.turn(code), chosen, form.text("reason"), now())
    except Invalid as invalid:
        return make_response(_page(code, chosen, sentences(invalid)), 422)
    return redirect(url_for("review.workspace", code=code, _anchor="layers"), code=303)


@blueprint.post("/<code>/residual/<audience>/population")
@allow(Role.REVIEWER)
def set_population(code: str, audience: str) -> ResponseReturnValue:
    form, code, chosen = PopulationForm.of_request(), parse_code(code), audience_named(audience)
    try:
        if form.text("case"):
            say_population_in_case(current_session(), code, form.text("place"), form.text("band"), now())
        else:
            say_population(current_session(), code, PlaceId(form.text("place")), form.text("band"), now())
    except Invalid as invalid:
        return make_response(_page(code, chosen, sentences(invalid)), 422)
    return redirect(url_for("review.residual_page", code=code, audience=chosen.value), code=303)


def _page(code: str, audience: Audience, problems: tuple[str, ...] = ()) -> str:
    shown: Preview = preview(current_session(), code, audience, now())
    bands = tuple((term.code, term.label(current_language())) for term in load("population_band").terms)
    return render_template(
        "review/residual.html",
        code=code,
        audience=audience.value,
        name=AUDIENCE_NAMES[audience],
        view=residual_view(shown.found),
        places=tuple(PlaceLine(p.id, p.name, p.band or "", p.id in shown.in_case) for p in shown.places),
        levels=tuple(
            PlaceLine(
                level.value,
                _label("place_precision", level.value),
                shown.in_case.get(level, ""),
                True,
                people,
            )
            for level, people in POPULATIONS.items()
        ),
        bands=bands,
        desk=shown,
        longest=LONGEST_REASON,
        problems=tuple((None, sentence) for sentence in problems),
    )


def residual_view(found: Residual) -> ResidualView:
    details = tuple(_words(detail) for detail in found.details)
    if found.passed:
        sentence = gettext("What is left fits about %(people)s people.", people=found.k)
    else:
        sentence = gettext("Together this fits fewer than %(people)s people:", people=found.threshold)
    return ResidualView(found.passed, str(sentence), details)


def _words(detail: Detail) -> str:
    match detail.kind:
        case Kind.SEX:
            return _sex(detail.value)
        case Kind.AGE:
            return str(gettext("%(years)s years old", years=detail.value))
        case Kind.BAND:
            return str(gettext("aged %(band)s", band=_label("age_band", detail.value)))
        case Kind.KIN | Kind.OCCUPATION:
            return _label("telling_detail", detail.value)
        case Kind.CHILDREN:
            return str(gettext("number of children: %(number)s", number=detail.value))
        case Kind.ONLY_ONE:
            return str(gettext("said to be the only one in the place"))
        case Kind.LEFT_IN:
            return str(gettext("left in: %(category)s", category=_label("redaction", detail.value)))
        case Kind.MONTH:
            return str(gettext("told in %(month)s", month=detail.value))
        case Kind.LANGUAGE:
            return str(
                gettext("told in the language %(language)s", language=_label("language", detail.value))
            )
        case Kind.PLACE:
            return detail.value


def _sex(value: str) -> str:
    words = {"F": gettext("woman or girl"), "M": gettext("man or boy")}
    return str(words.get(value, gettext("neither man nor woman")))


def _label(vocabulary: str, code: str) -> str:
    terms = load(vocabulary)
    return terms.label(code, current_language()) if code in terms else code

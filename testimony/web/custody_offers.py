"""Who asks to hear a witness again: how often, and offering the account that there is. Hangs no page of its own."""

from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from testimony.domain.disposal import DemandState
from testimony.domain.errors import BadCode, Conflict, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Purpose
from testimony.services import demand_offers
from testimony.services.demands import DemandView
from testimony.services.sessions import Session
from testimony.web.custody_forms import GraveForm
from testimony.web.forms import add_error
from testimony.web.wiring import now

ON_WHICH_YES = {
    Purpose.CP21: lazy_gettext("The witness lets us contact them again"),
    Purpose.CP25: lazy_gettext("The witness lets investigators of a court contact them"),
}
TELL_NOTHING = lazy_gettext(
    "Without the witness's yes nobody is told that there is an account. Answer as you answer everybody: that we do not "
    "say whether we hold an account of anybody."
)


class OfferForm(GraveForm):
    code = StringField(
        lazy_gettext("Code of the account"), [InputRequired(lazy_gettext("Type its code.")), Length(max=40)]
    )
    purpose = SelectField(lazy_gettext("On which yes of the witness it rests"))

    def offer(self) -> None:
        self.purpose.choices = [(purpose.value, words) for purpose, words in ON_WHICH_YES.items()]
        # The page holds another form that may ask for words.
        for each in (self.code, self.purpose, self.reason, self.password):
            each.id = f"offer-{each.name}"


def is_offered(session: Session, demand_id: str, form: OfferForm) -> bool:
    """Note the offer; if it may not be, lay why to the form."""
    try:
        purpose = Purpose(form.text("purpose"))
        demand_offers.offer_account(
            session, demand_id, form.text("code"), purpose, form.text("reason"), now()
        )
    except Refused:
        add_error(form, "code", str(TELL_NOTHING))
    except Invalid:
        add_error(form, "purpose", gettext("A court needs the yes to investigators of a court."))
    except Conflict:
        add_error(form, "code", gettext("This account was offered already."))
    except NotYet:
        add_error(form, "code", gettext("Name counsel first."))
    except (BadCode, NotFound):
        add_error(form, "code", gettext("The demand names no such account."))
    return not form.errors


def most_asked_for(session: Session, views: tuple[DemandView, ...]) -> dict[str, int]:
    """By the id of a demand, how many demands name the witness of it who is asked for most."""
    found = demand_offers.asked_for_by(session, (view.id for view in views))
    return {demand_id: each.most for demand_id, each in found.items()}


def asked_for(session: Session, demand_id: str) -> str:
    """How often the witnesses are asked for whom a demand names, in a sentence."""
    found = demand_offers.asked_for_by(session, (demand_id,))[demand_id]
    if not found.witnesses:
        return str(gettext("It names no witness one by one."))
    return str(
        ngettext(
            "The witness it names is asked for by %(num)s demand in all.",
            "The witness it names, or the one of them who is asked for most, is asked for by %(num)s demands in all.",
            found.most,
        )
    )


def times_asked_for(session: Session, code: str) -> str:
    """The same on the page of one testimony."""
    times = demand_offers.times_asked_for(session, code)
    if not times:
        return str(gettext("Nobody outside has asked for this witness."))
    return str(ngettext("%(num)s demand names this witness.", "%(num)s demands name this witness.", times))


def offers_page(session: Session, view: DemandView, form: OfferForm | None = None) -> dict[str, object]:
    """What the page of a demand shows of offers. offer: None while counsel was not named."""
    blank = OfferForm(formdata=None) if form is None else form
    blank.offer()
    return {
        "asked_for": asked_for(session, view.id),
        "offers": tuple(
            (one, str(ON_WHICH_YES[one.purpose])) for one in demand_offers.offers_of(session, view.id, now())
        ),
        "offer": None if view.state is DemandState.RECEIVED else blank,
        "tell_nothing": TELL_NOTHING,
    }

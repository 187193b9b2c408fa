"""A version of a consent, and a receipt, as the pages say them."""

from dataclasses import dataclass
from datetime import date

from babel import Locale
from flask_babel import force_locale, gettext

from testimony.domain.consent import ConsentStatus
from testimony.domain.consent_terms import Terms
from testimony.domain.vocabulary import load
from testimony.services.consent_history import Proposal, VersionView
from testimony.services.withdrawing import Receipt
from testimony.web.custody_words import CONSENT_STATUSES, Word
from testimony.web.later_consent_forms import CHANNELS, DECISIONS, RECOGNISED
from testimony.web.log_views import purpose_label
from testimony.web.translation import current_language, listed

_RECEIPT_LANGUAGES = {
    "fra": "fr",
    "eng": "en",
    "arb": "ar",
    "ara": "ar",
    "apd": "ar",
    "ayl": "ar",
    "acm": "ar",
}


@dataclass(frozen=True, slots=True)
class VersionLine:
    """decisions: (purpose, answer, conditions) in words; purposes that were not asked are left out."""

    number: int
    status: Word
    is_current: bool
    given_on: date | None
    review_due: date | None
    majority: date | None
    decisions: tuple[tuple[str, str, str], ...]
    recorded_by: str | None
    second: str | None
    how: str


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """In the language of the witness where the pages speak it, else in the one of the page."""

    code: str
    version: int
    day: date
    language: str
    direction: str
    heading: str
    sentences: tuple[str, ...]
    purposes: tuple[str, ...]
    answer: str
    confirmed_on: date | None


def version_line(view: VersionView) -> VersionLine:
    return _line(view.terms, view)


def proposal_line(proposal: Proposal) -> VersionLine:
    return _line(proposal.terms, VersionView(proposal.terms, False, proposal.recorded_by))


def _line(terms: Terms, view: VersionView) -> VersionLine:
    conditions = load("consent_condition")
    channel = CHANNELS.get(view.channel or "")
    how = [str(channel)] if channel else []
    recognised = RECOGNISED.get(view.recognised_by or "")
    how += [str(recognised)] if recognised else []
    return VersionLine(
        number=terms.version,
        status=CONSENT_STATUSES[ConsentStatus(terms.status)],
        is_current=view.is_current,
        given_on=terms.given_on,
        review_due=terms.review_due,
        majority=terms.reconfirm_on,
        decisions=tuple(
            (
                purpose_label(one.purpose.value),
                str(DECISIONS[one.decision]),
                listed(conditions.label(code, current_language()) for code in one.conditions),
            )
            for one in terms.decisions
        ),
        recorded_by=view.recorded_by,
        second=view.second,
        how=listed(how),
    )


def receipt_page(found: Receipt) -> ReceiptPage:
    language = _RECEIPT_LANGUAGES.get(found.language or "", current_language())
    with force_locale(language):
        if found.is_whole:
            what = gettext(
                "You took back everything that you had allowed. From that day on nobody uses your account."
            )
        else:
            what = gettext(
                "You took back the uses below. From that day on nobody uses your account for them."
            )
        return ReceiptPage(
            code=found.code,
            version=found.version,
            day=found.withdrawn_on,
            language=language,
            direction=Locale.parse(language).text_direction,
            heading=gettext("What you took back"),
            sentences=(
                what,
                gettext("Whoever received it before is asked to give it back or to delete it."),
                gettext("What was published, or used before that day, cannot be called back."),
                gettext("If it is not safe to carry this paper, do not carry it. It is valid without."),
            ),
            purposes=tuple(load("consent_purpose").label(one.value, language) for one in found.purposes),
            answer=found.receipt,
            confirmed_on=found.confirmed_on,
        )

"""Why something is not done in the review room, in words."""

from flask_babel import LazyString, lazy_gettext

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused

WHY_NOT: dict[DenyReason, LazyString] = {
    DenyReason.CONSENT_MISSING: lazy_gettext("No consent is recorded for this account."),
    DenyReason.CONSENT_REFUSED: lazy_gettext("The witness did not allow any use by this audience."),
    DenyReason.CONSENT_PAST_REVIEW: lazy_gettext(
        "The consent is past its review date. It must be asked again."
    ),
    DenyReason.NO_LAWFUL_BASIS: lazy_gettext("No lawful basis is recorded."),
    DenyReason.MINOR_WITHOUT_GUARDIAN: lazy_gettext(
        "The witness is a child, and guardian and child did not both agree."
    ),
    DenyReason.SAME_PERSON: lazy_gettext(
        "Whoever touched a mark, or took or interpreted the account, cannot approve it."
    ),
    DenyReason.QUASI_IDENTIFIERS: lazy_gettext(
        "What is left was not checked, or fits too few people now. Its redactor must propose it again."
    ),
    DenyReason.NOT_APPROVED: lazy_gettext("A suggestion is not decided yet."),
    DenyReason.CONDITION_NOT_MET: lazy_gettext(
        "The witness did not agree to this text. Change it, propose it anew and ask again."
    ),
}


def refused_words(refusal: Refused) -> tuple[str, ...]:
    """The reasons in words. What has none to give, a quarantined account say, is not there, as on every page."""
    sentences = tuple(str(WHY_NOT[reason]) for reason in refusal.reasons if reason in WHY_NOT)
    if not sentences:
        raise refusal
    return sentences

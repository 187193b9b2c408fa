"""What the log says of earlier accounts, second accounts, links and offers, in words."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from testimony.domain.audit import Action

ACTS: Mapping[tuple[Action, str], LazyString] = {
    (Action.WRITTEN, "earlier-asked"): lazy_gettext("Asked the archive for an earlier account, about"),
    (Action.WRITTEN, "earlier-not-asked"): lazy_gettext(
        "Did not ask the archive for an earlier account, about"
    ),
    (Action.WRITTEN, "earlier-answered"): lazy_gettext("Answered, without names, the question about"),
    (Action.WRITTEN, "second-account-asked"): lazy_gettext("Asked to take a second account:"),
    (Action.WRITTEN, "second-account-approved"): lazy_gettext("Agreed to a second account:"),
    (Action.WRITTEN, "second-account-refused"): lazy_gettext("Did not agree to a second account:"),
    (Action.WRITTEN, "second-account"): lazy_gettext(
        "Handed in, with a second person's yes, a second account:"
    ),
    (Action.WRITTEN, "second-account-not-agreed"): lazy_gettext(
        "Received, without a second person's yes, a second account:"
    ),
    (Action.LIST_SHOWN, "second-accounts"): lazy_gettext("Saw who wants to take second accounts"),
    (Action.WRITTEN, "same-witness-found"): lazy_gettext("Found two accounts that may be of one witness:"),
    (Action.WRITTEN, "same-witness-proposed"): lazy_gettext("Proposed that two accounts are of one witness:"),
    (Action.WRITTEN, "same-incident-proposed"): lazy_gettext(
        "Proposed that two accounts tell of one incident:"
    ),
    (Action.WRITTEN, "link-confirmed"): lazy_gettext("Agreed to a link of two accounts:"),
    (Action.WRITTEN, "link-rejected"): lazy_gettext("Did not agree to a link of two accounts:"),
    (Action.WRITTEN, "link-undone"): lazy_gettext("Undid a link of two accounts:"),
    (Action.LIST_SHOWN, "links"): lazy_gettext("Saw among linked accounts"),
    (Action.KEY_OPERATION, "matching-key"): lazy_gettext("Made the key that names are compared with"),
    (Action.KEY_OPERATION, "matching-key-anew"): lazy_gettext(
        "Made the key that names are compared with anew"
    ),
    (Action.KEY_OPERATION, "matching-key-handed-on"): lazy_gettext(
        "Handed on the key that names are compared with, to"
    ),
    (Action.WRITTEN, "existing-account-offered"): lazy_gettext("Offered, to who asked for the witness,"),
}

FIELDS: Mapping[str, LazyString] = {
    "yes": lazy_gettext("yes"),
    "no": lazy_gettext("no"),
    "cannot_tell": lazy_gettext("it cannot be told"),
    "no_name": lazy_gettext("the witness gave no name"),
    "not_wanted": lazy_gettext("the witness does not want it"),
    "found-by:witness": lazy_gettext("the witness says so"),
    "found-by:archive": lazy_gettext("the archive says so"),
    "earlier-limit": lazy_gettext("too many questions about earlier accounts in a day"),
    "numbers": lazy_gettext("numbers in the text"),
    "offers": lazy_gettext("what was offered"),
}

KINDS: Mapping[str, LazyString] = {"link": lazy_gettext("link")}

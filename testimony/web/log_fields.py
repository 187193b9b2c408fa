"""What an event of the log says besides its phrase, in plain words. Knows no event."""

import re
from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.cases import CaseStatus
from testimony.domain.purposes import Audience
from testimony.storage.compartments import Compartment
from testimony.web import earlier_log_words
from testimony.web.custody_words import CASE_STATUSES, COMPARTMENTS
from testimony.web.finding_words import AUDIENCES

_WORDS: Mapping[str, LazyString] = {
    **earlier_log_words.FIELDS,
    "accounts": lazy_gettext("the accounts"),
    "cases": lazy_gettext("the cases"),
    "grants": lazy_gettext("the grants"),
    "places": lazy_gettext("places"),
    "readers": lazy_gettext("who can read it"),
    "register": lazy_gettext("the register"),
    "review-queue": lazy_gettext("the list of reviewers"),
    "log": lazy_gettext("the log"),
    "event": lazy_gettext("the event"),
    "checkpoint": lazy_gettext("the checkpoint"),
    "checkpoints": lazy_gettext("the checkpoints"),
    "cosigned": lazy_gettext("and co-signed it"),
    "with-subjects": lazy_gettext("with codes"),
    "extends": lazy_gettext("the log continues it"),
    "ahead": lazy_gettext("the log is shorter"),
    "differs": lazy_gettext("the log is another"),
    "unreadable": lazy_gettext("it is none of this log"),
    "memory-ahead": lazy_gettext("shorter than what was verified before"),
    "memory-differs": lazy_gettext("other than what was verified before"),
    "memory-gone": lazy_gettext("what was verified before is missing"),
    "nothing": lazy_gettext("nothing was verified before"),
    "status": lazy_gettext("state"),
    "original": lazy_gettext("the original"),
    "originals": lazy_gettext("with originals"),
    "snippet": lazy_gettext("an excerpt"),
    "text": lazy_gettext("the text"),
    "print": lazy_gettext("printed"),
    "warning": lazy_gettext("the warning before it"),
    "acts": lazy_gettext("what is coded"),
    "marks": lazy_gettext("the marks"),
    "result": lazy_gettext("the result"),
    "attachment": lazy_gettext("a file"),
    "preview": lazy_gettext("its picture"),
    "faces": lazy_gettext("places that may be faces"),
    "release": lazy_gettext("an earlier release"),
    "facets": lazy_gettext("with counts"),
    "suggestion": lazy_gettext("with a suggestion"),
    "similar": lazy_gettext("similar testimonies"),
    "codes": lazy_gettext("list of codes"),
    "too many": lazy_gettext("too many"),
    "too costly": lazy_gettext("too costly"),
    "length": lazy_gettext("too long"),
    "terms": lazy_gettext("too many words"),
    "depth": lazy_gettext("too many brackets"),
    "expansions": lazy_gettext("too many words for a pattern"),
    "time": lazy_gettext("took too long"),
    "daily ceiling": lazy_gettext("as many as one person may in a day"),
    "seen": lazy_gettext("said to be seen"),
    "taken": lazy_gettext("taken to redact"),
    "taken-over": lazy_gettext("taken over"),
    "note": lazy_gettext("a note"),
    "marked": lazy_gettext("marked"),
    "changed": lazy_gettext("changed"),
    "stretched": lazy_gettext("made longer or shorter"),
    "accepted": lazy_gettext("withheld"),
    "rejected": lazy_gettext("left in"),
    "undone": lazy_gettext("taken back"),
    "proposed": lazy_gettext("proposed"),
    "approved": lazy_gettext("approved"),
    "attested": lazy_gettext("attested that it was checked"),
    "sent-back": lazy_gettext("sent back"),
    "released": lazy_gettext("released"),
    "received": lazy_gettext("put into the vault"),
    "import-started": lazy_gettext("began to take in from a file"),
    "inbox-tried-again": lazy_gettext("tried again to open what was sealed"),
    "reason-to-suspend": lazy_gettext("with the reason to suspend"),
    "password-again": lazy_gettext("the password was asked again"),
    "archive-check": lazy_gettext("the whole archive"),
    "archive-check-started": lazy_gettext("the whole archive, begun"),
    "cut-off-uploads": lazy_gettext("files cut off while they arrived"),
    "recovery": lazy_gettext("the way back"),
    "opened-with-sheets": lazy_gettext("opened with recovery sheets"),
    "by-recovery": lazy_gettext("by recovery sheets"),
    "sheet-rehearsed": lazy_gettext("a recovery sheet was proven"),
    "sheet-not-proven": lazy_gettext("a proof of a recovery sheet that does not hold"),
    "ordered": lazy_gettext("ordered"),
    "order-withdrawn": lazy_gettext("an order was withdrawn"),
    "recovery-renewal": lazy_gettext("new recovery sheets"),
    "identity-renewal": lazy_gettext("new shares of the identities' key"),
    "new-sheets": lazy_gettext("new recovery sheets"),
    "identity-shared-anew": lazy_gettext("the identities' key split anew"),
    "re-issue": lazy_gettext("new keys after a lost password"),
    "re-issued": lazy_gettext("new keys after a lost password"),
    "identity-requests": lazy_gettext("requests for identities"),
    "contact-tasks": lazy_gettext("contacts to make"),
    "names": lazy_gettext("names"),
    "contacts": lazy_gettext("ways to reach them"),
    "dwelling": lazy_gettext("where they live"),
    "next_contact": lazy_gettext("what was agreed about the next contact"),
    "rekey-ordered": lazy_gettext("new keys ordered"),
    "rekey-confirmed": lazy_gettext("new keys confirmed"),
    "rekey-dropped": lazy_gettext("an order of new keys taken back"),
    "rekey-begun": lazy_gettext("a change of key begun"),
    "rekeyed": lazy_gettext("a new key in force"),
    "rotation-set": lazy_gettext("how often keys are changed"),
    "inbox-sealed-anew": lazy_gettext("what waits for reviewers, sealed to the new key"),
    "identities-sealed-anew": lazy_gettext("identities sealed to the new key"),
    "keys": lazy_gettext("the keys"),
    "member_removed": lazy_gettext("somebody left"),
    "key_leaked": lazy_gettext("a key may be in other hands"),
    "rotation": lazy_gettext("it was time"),
    "custodians_changed": lazy_gettext("a custodian joined"),
    "two-people": lazy_gettext("from here two people are asked for"),
    "confirmed": lazy_gettext("the enrolment confirmed by a second custodian"),
    "alone": lazy_gettext("alone, no other was left"),
    "asked": lazy_gettext("asked for"),
    "taken-back": lazy_gettext("taken back before an answer"),
    "grant-ended": lazy_gettext("a grant had ended"),
    "grant-requests": lazy_gettext("the requests for grants"),
    "own-grants": lazy_gettext("one's own grants"),
    "request": lazy_gettext("the request"),
    "walls": lazy_gettext("the walls between cases"),
    "wall-proposed": lazy_gettext("a wall proposed"),
    "wall-set": lazy_gettext("a wall set"),
    "wall-lift-proposed": lazy_gettext("proposed to take down a wall"),
    "wall-lifted": lazy_gettext("a wall taken down"),
    "testimony-walls": lazy_gettext("the walls between testimonies"),
    "testimony-wall-proposed": lazy_gettext("a wall between testimonies proposed"),
    "testimony-wall-set": lazy_gettext("a wall between testimonies set"),
    "testimony-wall-lift-proposed": lazy_gettext("proposed to take down a wall between testimonies"),
    "testimony-wall-lifted": lazy_gettext("a wall between testimonies taken down"),
    "testimony-wall-dropped": lazy_gettext("a proposal about a wall between testimonies dropped"),
    "risk-reviews": lazy_gettext("the joint reviews of risk"),
    "risk-review-proposed": lazy_gettext("a joint review of risk proposed"),
    "risk-review-made": lazy_gettext("a joint review of risk made"),
    "risk-review-dropped": lazy_gettext("a joint review of risk dropped"),
    "CU16": lazy_gettext("a gap in custody"),
    "custody-gaps": lazy_gettext("the gaps in custody"),
    "next-of-kin": lazy_gettext("the interest of the next of kin"),
    "next-of-kin-ended": lazy_gettext("an interest of kin put aside"),
    "public-material": lazy_gettext("what is public, to be edited or taken down"),
    "public-material-done": lazy_gettext("what is public was seen to"),
    "referrals": lazy_gettext("the referrals out of danger"),
    "referral-proposed": lazy_gettext("a referral out of danger proposed"),
    "referral-made": lazy_gettext("a referral out of danger agreed by two"),
    "referral-dropped": lazy_gettext("a referral out of danger dropped"),
    "witness-request": lazy_gettext("on the witness's request, told to nobody"),
    "witness-request-taken-back": lazy_gettext("a request of the witness taken back"),
    "credibility-limit": lazy_gettext("credibility limited"),
    "conflict-marked": lazy_gettext("a conflict marked for readers"),
    "to-render-anew": lazy_gettext("to be rendered anew"),
    "second-rendering": lazy_gettext("a second rendering"),
    "wall-dropped": lazy_gettext("a proposal about a wall dropped"),
    "backups": lazy_gettext("the backups"),
    "backup-limit": lazy_gettext("after how many days a backup is due"),
    "backup-key-confirmed": lazy_gettext("the key that signs backups was confirmed"),
    "restored": lazy_gettext("restored from a backup"),
    "rests": lazy_gettext("rests until two custodians lift that"),
    "closed-again": lazy_gettext("closed again after a restore"),
    "closing-file-differs": lazy_gettext("the list of what was closed is not the one that was known"),
    "log-differs-from-checkpoint": lazy_gettext("not the log that the checkpoint was made of"),
    # Part room.
    "question": lazy_gettext("a ready question"),
    "finding": lazy_gettext("a finding"),
    "findings": lazy_gettext("the findings"),
    "history": lazy_gettext("its history"),
    "log-picture": lazy_gettext("when it happened"),
    "report": lazy_gettext("a report"),
    "looking": lazy_gettext("being looked at"),
    "kept-while-locked": lazy_gettext("kept while the archive was locked"),
}


_DIGEST = re.compile("[0-9a-f]{64}")


def field_words(field: str) -> str:
    """One field in words; the archive's own word where there is no plainer one."""
    kind, _, number = field.partition(":")
    if number.isdigit():
        match kind:
            case "release":
                return str(gettext("release %(number)s", number=number))
            case "version":
                return str(gettext("version %(number)s", number=number))
            case "sheet":
                return str(gettext("sheet %(number)s", number=number))
            case "serial":
                return str(gettext("set of sheets %(number)s", number=number))
            case "backup":
                return str(gettext("backup %(number)s", number=number))
            case "days":
                return str(gettext("days: %(number)s", number=number))
            case "entries-missing":
                return str(gettext("entries missing: %(number)s", number=number))
            case "line":
                return str(gettext("line %(number)s", number=number))
            case "note":
                return str(gettext("note %(number)s", number=number))
    if _DIGEST.fullmatch(field):
        # The whole of it is on the event's own page, among what the log keeps.
        return str(gettext("fingerprint %(beginning)s…", beginning=field[:8]))
    if kind == "due":
        return str(gettext("no day set") if number == "None" else gettext("by %(day)s", day=number))
    if kind == "sealed":
        return str(gettext("sealed to auditors"))
    words = _WORDS.get(field) or _named(field)
    return field.replace("_", " ").replace("-", " ") if words is None else str(words)


def _named(field: str) -> LazyString | None:
    """What a layer, a compartment or the state of a case is called."""
    if field in set(Audience):
        return AUDIENCES[Audience(field)]
    if field in set(Compartment):
        return COMPARTMENTS[Compartment(field)]
    if field in set(CaseStatus):
        return CASE_STATUSES[CaseStatus(field)][0]
    return None

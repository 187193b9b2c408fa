"""The ready questions in plain words: what is asked, why it matters, what a harmless answer may be. Knows no answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString, lazy_gettext

from testimony.policy.questions import Question, Setting


@dataclass(frozen=True, slots=True)
class QuestionWords:
    title: LazyString
    asks: LazyString
    matters: LazyString
    harmless: LazyString


QUESTIONS: Mapping[Question, QuestionWords] = {
    Question.BULK_READING: QuestionWords(
        lazy_gettext("Much read at once"),
        lazy_gettext("Who was shown very many things of cases within one hour?"),
        lazy_gettext("Whoever means to take a collection away has to open it first, one after the other."),
        lazy_gettext(
            "A list of results shows twenty at once; a large search, or a deadline, looks the same."
        ),
    ),
    Question.OUT_OF_HOURS: QuestionWords(
        lazy_gettext("At unusual hours"),
        lazy_gettext("Who read or searched before or after work, or on a day of rest? Hours are UTC."),
        lazy_gettext(
            "At night nobody looks over a shoulder, and a stolen password is used when its owner sleeps."
        ),
        lazy_gettext("Another time zone, travel, a night shift, or an agreed deadline."),
    ),
    Question.BEFORE_GRANT_ENDED: QuestionWords(
        lazy_gettext("Much read just before a grant ended"),
        lazy_gettext("Who was shown much of a case in the last hours in which it was open to them?"),
        lazy_gettext("Who knows that access ends may try to carry away what they will not see again."),
        lazy_gettext("Work is often finished in its last days, and renewals come late."),
    ),
    Question.UNUSUAL_DAY: QuestionWords(
        lazy_gettext("Unlike their own past"),
        lazy_gettext(
            "On which days was somebody shown far more than on the same weekday of their eight weeks before?"
        ),
        lazy_gettext("People work in habits. A sudden change is worth a question, whatever others do."),
        lazy_gettext("A new case, a trial, a new task, a return from leave."),
    ),
    Question.MANY_CASES: QuestionWords(
        lazy_gettext("Readers with many cases"),
        lazy_gettext("Who was shown things of many cases?"),
        lazy_gettext("Need to know is by case. Whoever sees many can join what was kept apart."),
        lazy_gettext("Reviewers and custodians work across cases by their task."),
    ),
    Question.REFUSED: QuestionWords(
        lazy_gettext("Refused attempts"),
        lazy_gettext("Who was refused again and again?"),
        lazy_gettext("Trying doors shows what somebody looks for. The reasons stand at each event."),
        lazy_gettext("A grant that ended, a consent that was taken back, or an old bookmark."),
    ),
    Question.IDENTITY_WITHOUT_TASK: QuestionWords(
        lazy_gettext("Identities shown without a task"),
        lazy_gettext(
            "Was an identity shown to somebody without a request or a task that is theirs and about that testimony?"
        ),
        lazy_gettext("Who a witness is opens for one task, by two people. Anything else is a way around."),
        lazy_gettext("None that we know of: ask the custodians the same day."),
    ),
    Question.ONE_APPROVER: QuestionWords(
        lazy_gettext("Sent out with fewer than two people"),
        lazy_gettext("Did something leave that not one person prepared and another approved?"),
        lazy_gettext("What has left cannot be called back. Two people decide."),
        lazy_gettext("None that we know of. A list of codes is no handing over and is not counted here."),
    ),
    Question.SAME_PERSON: QuestionWords(
        lazy_gettext("Proposed and approved by one person"),
        lazy_gettext("Did the same person propose and approve what is withheld of a testimony?"),
        lazy_gettext("A second pair of eyes is what stands between a slip and a witness."),
        lazy_gettext("None: the archive refuses it. An answer here means that something is broken."),
    ),
    Question.GRANT_PAST_DATE: QuestionWords(
        lazy_gettext("Grants past their date"),
        lazy_gettext("Who read for a purpose outside every grant of theirs, and which grants just ran out?"),
        lazy_gettext("A grant opens a case for a time. After it, nothing may be read."),
        lazy_gettext(
            "A grant that ran out opens nothing and needs no act. Reading outside one should not be possible."
        ),
    ),
    Question.CONSENT_EXPIRED: QuestionWords(
        lazy_gettext("Read although the consent did not carry it"),
        lazy_gettext(
            "Was a testimony read for a purpose that the consent of that day did not allow, or not any more?"
        ),
        lazy_gettext(
            "The witness decides. The gate asks each time, so an answer here means that it was passed."
        ),
        lazy_gettext("A consent written into the archive later than it was given."),
    ),
    Question.TOO_NEAR: QuestionWords(
        lazy_gettext("Too near, and still reading"),
        lazy_gettext("Was somebody shown a testimony after they were noted to be too near to it?"),
        lazy_gettext("A relative or a neighbour puts a witness at risk without meaning to."),
        lazy_gettext("The note forbids the identity, not always the released text; ask what was agreed."),
    ),
    Question.BOTH_SIDES: QuestionWords(
        lazy_gettext("Both sides of a wall"),
        lazy_gettext("Who was shown words of two testimonies between which a wall stands now?"),
        lazy_gettext(
            "Who knows both accounts can take words from one to the other, or tell one of the other."
        ),
        lazy_gettext(
            "Read before the wall was set, or a reviewer who worked on both: reviewers see both sides."
        ),
    ),
    Question.QUESTIONED_INTERPRETER: QuestionWords(
        lazy_gettext("Read as rendered by an interpreter under question"),
        lazy_gettext(
            "Which testimonies were read after the interpreter who rendered them was put under question, and by whom?"
        ),
        lazy_gettext(
            "An interpreter who is near to a side may have left out or added words. "
            "Whoever relies on them should know, and have them rendered anew."
        ),
        lazy_gettext(
            "A reviewer who listens to the recording or has it rendered anew must read it. "
            "An interpreter whom an account names without a number here is not found by this question."
        ),
    ),
    Question.DORMANT: QuestionWords(
        lazy_gettext("Accounts that rest"),
        lazy_gettext("Which accounts could sign in and did not for long, and which came back after that?"),
        lazy_gettext("An account that nobody uses is one that nobody misses when it is stolen."),
        lazy_gettext("Leave, illness, field work. A custodian can suspend the account until they return."),
    ),
    Question.CAPTURE_WAITS: QuestionWords(
        lazy_gettext("Records that wait too long"),
        lazy_gettext("Which drafts and sealed testimonies are older than they should be?"),
        lazy_gettext(
            "What waits is neither protected by review nor forgotten: a need that was noted is to be met or let go."
        ),
        lazy_gettext("An interview that goes on over weeks."),
    ),
    Question.CHECK_LONG_AGO: QuestionWords(
        lazy_gettext("A log that nobody checks"),
        lazy_gettext("For how long did no check find the whole log sound, and which auditor made none?"),
        lazy_gettext("A log proves something to those who check it, and only back to their last check."),
        lazy_gettext("A new auditor, or an archive at rest."),
    ),
}

SETTINGS: Mapping[Setting, LazyString] = {
    Setting.LEAST: lazy_gettext("From how many on"),
    Setting.HOURS: lazy_gettext("Hours before the end"),
    Setting.DAYS: lazy_gettext("From how many days on"),
    Setting.FROM_HOUR: lazy_gettext("Work begins at (hour, UTC)"),
    Setting.TO_HOUR: lazy_gettext("Work ends at (hour, UTC)"),
    Setting.REST: lazy_gettext("Days of rest"),
}

REST_DAYS: tuple[tuple[str, LazyString], ...] = (
    ("0", lazy_gettext("None")),
    ("1", lazy_gettext("Saturday and Sunday")),
    ("2", lazy_gettext("Friday and Saturday")),
)

NOT_ASKED: LazyString = lazy_gettext(
    "Not among them: interpreters whom an interview itself flags, and who were still used. "
    "That flag is in the sealed account alone, and neither the log nor the ledger knows it; a reviewer can answer."
)

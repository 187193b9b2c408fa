"""Copies of files in words: how far one is, and why one was not made."""

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Invalid, Problem, Refused
from testimony.media.faults import Fault
from testimony.policy.copies import FACES_HIDDEN, VOICE_CHANGED
from testimony.services.approving_files import FileTick
from testimony.web.review_forms import PROBLEMS
from testimony.web.review_words import refused_words

STATES = {
    "proposed": lazy_gettext("another reviewer must look at it"),
    "approved": lazy_gettext("approved by two reviewers, not released"),
    "released": lazy_gettext("released"),
    "sent_back": lazy_gettext("sent back"),
    "superseded": lazy_gettext("replaced by a newer copy"),
}
FAULTS = {
    Fault.NOT_SUPPORTED: lazy_gettext(
        "This kind of file is not copied here. Pictures and PDF are. Convert it to PDF first; nothing "
        "else of it can be released."
    ),
    Fault.NOT_READABLE: lazy_gettext("The file is broken or not what it says it is. No copy was made."),
    Fault.TOO_LARGE: lazy_gettext("The file is too large, or has too many pages or boxes. No copy was made."),
    Fault.SEVERAL_FRAMES: lazy_gettext(
        "The picture moves or holds several pictures. Take single pictures of it first. No copy was made."
    ),
    Fault.LOCKED: lazy_gettext("The PDF is locked with a password. No copy was made."),
    Fault.OUTSIDE: lazy_gettext(
        "A box is empty, leaves the picture or is on a page that is not there, or a passage does not end after it "
        "begins. No copy was made."
    ),
    Fault.TOOL_MISSING: lazy_gettext(
        "Sound and film are copied with the program FFmpeg, which is not on this machine. Ask whoever runs the archive "
        "to install it. No copy was made."
    ),
    Fault.TOOK_TOO_LONG: lazy_gettext("Copying took too long and was stopped. No copy was made."),
    "undecided": lazy_gettext("Decide every box: say why it is covered, or empty its row. No copy was made."),
    VOICE_CHANGED: lazy_gettext(
        "The witness allowed sound only with another voice. Change the voice. No copy was made."
    ),
    FACES_HIDDEN: lazy_gettext(
        "The witness allowed pictures only without faces. Cover every face, and say that you did. No copy was made."
    ),
    "undecided_words": lazy_gettext(
        "Decide every row: say why it is withheld, or leave it in. No copy was made."
    ),
    "spelling_undecided": lazy_gettext(
        "A name that you withhold may also stand there in another spelling. Decide the new rows. No copy was made."
    ),
    "not_in_text": lazy_gettext(
        "The file does not say these words. Copy them from the text. No copy was made."
    ),
    "document": lazy_gettext(
        "No text can be read from this file here. Text, Word (docx, and doc since 97), OpenDocument text, RTF, web "
        "pages and mails (eml, msg) can. Print another file to PDF, and make a version of its pages."
    ),
    "faces": lazy_gettext(
        "No program that finds faces is installed here. Whoever runs the archive can install it; until then, look "
        "for them yourself."
    ),
    FileTick.NOBODY_RECOGNISED: lazy_gettext(
        "Confirm that nobody can be recognised in what is shown, or send it back."
    ),
    FileTick.FACES_HIDDEN: lazy_gettext("Confirm that no face can be seen, or send it back."),
    FileTick.NAMED_DETAILS_HIDDEN: lazy_gettext(
        "Confirm that what the witness asked to hide is hidden, or send it back."
    ),
}


def file_sentences(invalid: Invalid) -> tuple[str, ...]:
    """What is wrong, in words, once each."""
    said = {str(key): sentence for key, sentence in FAULTS.items()}
    found = (_said(said, problem) for problem in invalid.problems)
    return tuple(dict.fromkeys(map(str, found)))


def refused_file_words(refusal: Refused) -> tuple[str, ...]:
    """Why a copy may not be released, in words; as `refused_words` where it is not the copy itself."""
    if DenyReason.CONDITION_NOT_MET in refusal.reasons:
        return (
            str(
                gettext(
                    "The witness asked for a changed voice or for hidden faces, and this version does not have them. "
                    "Make another one."
                )
            ),
        )
    return refused_words(refusal)


def _said(said: dict[str, LazyString], problem: Problem) -> LazyString:
    # What is missing is one program for recordings and another for faces.
    if problem.code == Fault.TOOL_MISSING and problem.field in said:
        return said[problem.field]
    # What can be read as text is more than what can be drawn on.
    if problem.code == Fault.NOT_SUPPORTED and problem.field == "document":
        return said["document"]
    return (
        said.get(problem.code)
        or said.get(problem.field)
        or PROBLEMS.get(problem.code)
        or PROBLEMS["required"]
    )

"""What an auditor's memory and a kept checkpoint say of the log, in plain words; and the letter that leaves."""

from collections.abc import Mapping
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from textwrap import fill

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.services.proving import Comparison
from testimony.services.witnessing import Recollection

RECOLLECTIONS: Mapping[Recollection, LazyString] = {
    Recollection.NOTHING: lazy_gettext(
        "You have not verified this log yet. Check it once: from then on you are warned."
    ),
    Recollection.EXTENDS: lazy_gettext("The log continues what you verified last."),
    Recollection.AHEAD: lazy_gettext(
        "The log is shorter than what you verified last. It was cut, or an older copy was put back."
    ),
    Recollection.DIFFERS: lazy_gettext(
        "The log is not the one that you verified last. Its history was rewritten."
    ),
    Recollection.GONE: lazy_gettext(
        "What you verified last is missing, was put back from an older copy, or cannot be opened with your keys."
    ),
}

COMPARISONS: Mapping[Comparison, LazyString] = {
    Comparison.EXTENDS: lazy_gettext("The log continues your checkpoint over %(size)s entries."),
    Comparison.AHEAD: lazy_gettext(
        "Your checkpoint covers %(size)s entries. The log is now shorter than that."
    ),
    Comparison.DIFFERS: lazy_gettext(
        "The first %(size)s entries are not those of your checkpoint. History was rewritten."
    ),
    Comparison.UNREADABLE: lazy_gettext(
        "In what you gave there is no checkpoint of this log. Nothing was compared."
    ),
}


def letter(note: str, size: int) -> bytes:
    """A mail without addresses, to be opened and sent by a mail program. It says nothing of any testimony.

    The three lines stand in the text itself: long signature lines would be broken on the way, so the whole signed
    note is attached.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = gettext("Checkpoint of a log over %(number)s entries", number=size)
    message["X-Unsent"] = "1"
    words = gettext(
        "Please keep this message. The three lines below stand for the whole log of an archive up to a moment; "
        "they say nothing about anybody. If the log is ever rewritten, also by the people who run the server, "
        "these lines show it."
    )
    text = f"{fill(words, 72)}\n\n{note.partition(chr(10) * 2)[0]}\n"
    # As it is: an encoded line could not be read from the file by eye, or by the program for people outside.
    message.set_content(text, cte="8bit")
    message.add_attachment(
        note.encode(),
        maintype="text",
        subtype="plain",
        filename=f"checkpoint-{size}.txt",
        params={"charset": "utf-8"},
    )
    return message.as_bytes()


def text_of_file(content: bytes) -> str:
    """What a saved file says: a message's own text, however it was encoded on its way, or a plain text."""
    message = message_from_bytes(content, policy=default)
    if isinstance(message, EmailMessage) and message["Subject"] is not None:
        body = message.get_body(("plain",))
        with suppress(LookupError, KeyError, ValueError):
            return str(body.get_content()) if body is not None else ""
    return content.decode("utf-8", "replace")

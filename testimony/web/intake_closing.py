"""What is asked at the end: read back, help, promises, risk."""

from flask_babel import lazy_gettext

from testimony.web.intake_fields import YES_NO, Kind, Section, ask, languages, said, terms

REFERRAL = said(
    ("not_needed", lazy_gettext("Spoken of, not needed")),
    ("declined", lazy_gettext("Offered, declined")),
    ("accepted", lazy_gettext("Offered, accepted")),
)

CLOSING = (
    Section(
        lazy_gettext("Read back"),
        (
            ask(
                "read_back",
                lazy_gettext("Was the account read back to the witness?"),
                Kind.RADIO,
                options=YES_NO,
                is_row=True,
            ),
        ),
    ),
    Section(
        None,
        (
            ask(
                "read_language",
                lazy_gettext("In which language"),
                Kind.SELECT,
                options=languages,
            ),
            ask(
                "confirmed_by",
                lazy_gettext("Confirmed by"),
                Kind.RADIO,
                options=said(
                    ("signature", lazy_gettext("Signature")),
                    ("thumb", lazy_gettext("Thumb print")),
                    ("oral", lazy_gettext("Word of mouth")),
                    ("none", lazy_gettext("Not confirmed")),
                ),
                is_row=True,
            ),
        ),
        when=("read_back", "yes"),
        when_words=lazy_gettext("Only if it was read back."),
    ),
    Section(
        None,
        (
            ask(
                "read_note",
                lazy_gettext("What the witness corrected, or why it was not read back"),
                Kind.AREA,
                is_optional=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("Help that was spoken of"),
        (
            ask("referral-medical", lazy_gettext("Medical help"), Kind.RADIO, options=REFERRAL, is_row=True),
            ask(
                "referral-psychosocial",
                lazy_gettext("Help for mind and heart"),
                Kind.RADIO,
                options=REFERRAL,
                is_row=True,
            ),
            ask("referral-legal", lazy_gettext("Legal help"), Kind.RADIO, options=REFERRAL, is_row=True),
            ask(
                "referral-child_protection",
                lazy_gettext("Help for a child"),
                Kind.RADIO,
                options=REFERRAL,
                is_row=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("What was promised"),
        (
            ask(
                "feedback",
                lazy_gettext("Was news promised to the witness?"),
                Kind.RADIO,
                options=YES_NO,
                is_row=True,
            ),
            ask("feedback_due", lazy_gettext("News promised by"), Kind.DATE, is_optional=True),
            ask(
                "next_contact",
                lazy_gettext("Was a next contact agreed?"),
                Kind.RADIO,
                options=YES_NO,
                hint=lazy_gettext("Only if the witness allowed it. Write how and when on the identity page."),
                is_row=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("Risk"),
        (
            ask("risk", lazy_gettext("Risk to the witness"), Kind.RADIO, options=terms("risk"), is_row=True),
            ask(
                "vulnerabilities",
                lazy_gettext("What makes it greater"),
                Kind.TICKS,
                options=terms("vulnerability"),
                is_optional=True,
            ),
            ask(
                "protective_measures",
                lazy_gettext("What was agreed to lessen it"),
                Kind.TICKS,
                options=terms("protective"),
                is_optional=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("The end of the conversation"),
        (
            ask("ended", lazy_gettext("Ended at"), Kind.TIME, is_optional=True),
            ask("breaks", lazy_gettext("Breaks"), Kind.NUMBER, is_optional=True),
            ask(
                "ended_by",
                lazy_gettext("Ended by"),
                Kind.RADIO,
                options=said(
                    ("witness", lazy_gettext("The witness")),
                    ("interviewer", lazy_gettext("The interviewer")),
                    ("interruption", lazy_gettext("An interruption")),
                ),
                is_row=True,
            ),
            ask(
                "recording",
                lazy_gettext("Besides notes, it was recorded as"),
                Kind.TICKS,
                options=said(("audio", lazy_gettext("Sound")), ("video", lazy_gettext("Film"))),
                is_optional=True,
            ),
            ask(
                "deviation_standard",
                lazy_gettext("A rule that could not be kept"),
                Kind.LINE,
                is_optional=True,
            ),
            ask("deviation_reason", lazy_gettext("Why"), Kind.LINE, is_optional=True),
        ),
    ),
)

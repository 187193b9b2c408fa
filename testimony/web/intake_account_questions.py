"""What is asked about the account, the words to protect, and the identity."""

from flask_babel import lazy_gettext

from testimony.web.intake_fields import WHY_SILENT, Kind, Section, ask, languages, said, terms
from testimony.web.intake_words import protect_kinds

ACCOUNT = (
    Section(
        None,
        (
            ask("language", lazy_gettext("Language of this text"), Kind.SELECT, options=languages),
            ask(
                "kind",
                lazy_gettext("What this text is"),
                Kind.RADIO,
                options=said(
                    ("verbatim", lazy_gettext("Word for word")),
                    ("notes", lazy_gettext("Notes")),
                    ("interpreter_rendering", lazy_gettext("What the interpreter said")),
                    ("translation", lazy_gettext("A translation")),
                    ("summary", lazy_gettext("A summary")),
                ),
                is_row=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("Where there is no answer"),
        (
            ask(
                "unanswered",
                lazy_gettext("Questions without an answer"),
                Kind.ROWS,
                columns=(
                    ask("topic", lazy_gettext("About"), Kind.LINE),
                    ask("why", lazy_gettext("Because the witness"), Kind.SELECT, options=WHY_SILENT),
                ),
                hint=lazy_gettext("Silence is an answer too. Write what the question was about."),
                is_optional=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("Before others read it"),
        (
            ask(
                "account_types",
                lazy_gettext("How the witness knows, on the whole"),
                Kind.TICKS,
                options=terms("account_type"),
                is_optional=True,
            ),
            ask(
                "warnings",
                lazy_gettext("What a reader must be warned of"),
                Kind.TICKS,
                options=terms("warning", "CW01", "CW02", "CW03", "CW04", "CW05"),
                is_optional=True,
            ),
        ),
    ),
)

PROTECT = (
    Section(
        None,
        (
            ask(
                "protect",
                lazy_gettext("Words that must not reach a reader"),
                Kind.ROWS,
                columns=(
                    ask("text", lazy_gettext("Words, as they stand in the account"), Kind.LINE),
                    ask("kind", lazy_gettext("What they are"), Kind.SELECT, options=protect_kinds),
                ),
                spare=4,
                is_optional=True,
            ),
        ),
    ),
)

IDENTITY = (
    Section(
        lazy_gettext("Names"),
        (
            ask(
                "names",
                lazy_gettext("Names of the witness"),
                Kind.ROWS,
                columns=(
                    ask("full", lazy_gettext("Name, as written or as heard"), Kind.LINE),
                    ask(
                        "kind",
                        lazy_gettext("Kind"),
                        Kind.SELECT,
                        options=said(
                            ("official", lazy_gettext("In papers")),
                            ("used", lazy_gettext("In daily use")),
                            ("nickname", lazy_gettext("Nickname")),
                            ("nom_de_guerre", lazy_gettext("Name in the force")),
                            ("transliteration", lazy_gettext("In other letters")),
                        ),
                    ),
                ),
                spare=2,
            ),
            ask(
                "dwelling",
                lazy_gettext("Where the witness lives"),
                Kind.LINE,
                is_optional=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("How to reach the witness safely"),
        (
            ask(
                "contacts",
                lazy_gettext("Ways to make contact"),
                Kind.ROWS,
                columns=(
                    ask("channel", lazy_gettext("Way (telephone, through somebody, in person)"), Kind.LINE),
                    ask("value", lazy_gettext("Number, address or person"), Kind.LINE),
                    ask(
                        "owner",
                        lazy_gettext("Belongs to"),
                        Kind.SELECT,
                        options=said(
                            ("self", lazy_gettext("The witness")),
                            ("relative", lazy_gettext("A relative")),
                            ("other", lazy_gettext("Somebody else")),
                        ),
                    ),
                    ask("safe_hours", lazy_gettext("Safe hours"), Kind.LINE),
                    ask("safe_words", lazy_gettext("Safe words: how each knows the other"), Kind.LINE),
                    ask("never_say", lazy_gettext("Never say"), Kind.LINE),
                ),
                spare=1,
                is_optional=True,
            ),
            ask("next_contact", lazy_gettext("Next contact, as agreed"), Kind.LINE, is_optional=True),
            ask("note", lazy_gettext("Anything a custodian must know"), Kind.AREA, is_optional=True),
        ),
    ),
)

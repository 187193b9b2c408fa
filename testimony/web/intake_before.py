"""What is asked before an account is begun: place, route, persons, languages, the witness without a name."""

from flask_babel import lazy_gettext

from testimony.domain.interview import COARSE_PRECISIONS
from testimony.web.intake_fields import YES_NO, YES_NO_DOUBT, Kind, Section, ask, languages, said, terms

BEFORE = (
    Section(
        lazy_gettext("Where and when"),
        (
            ask("case", lazy_gettext("Case"), Kind.SELECT),
            ask(
                "month",
                lazy_gettext("Month of this conversation"),
                Kind.MONTH,
                hint=lazy_gettext("Year and month, for example 2026-02."),
            ),
            ask(
                "day",
                lazy_gettext("Day of the month"),
                Kind.NUMBER,
                hint=lazy_gettext("Stays inside the sealed original; releases show the month at most."),
                is_optional=True,
            ),
            ask("started", lazy_gettext("Begun at"), Kind.TIME, is_optional=True),
            ask(
                "place",
                lazy_gettext("Place, roughly"),
                Kind.LINE,
                hint=lazy_gettext("Country, region or district. Never the tent, the house or the street."),
                is_optional=True,
            ),
            ask(
                "precision",
                lazy_gettext("How exact that is"),
                Kind.SELECT,
                options=terms("place_precision", *COARSE_PRECISIONS),
            ),
            ask("setting", lazy_gettext("Setting"), Kind.RADIO, options=terms("setting")),
        ),
    ),
    Section(
        lazy_gettext("How you met"),
        (
            ask(
                "route_kind",
                lazy_gettext("How the witness was reached"),
                Kind.SELECT,
                options=said(
                    ("own_contact", lazy_gettext("We knew the witness already")),
                    ("came_themselves", lazy_gettext("The witness came to us")),
                    ("intermediary", lazy_gettext("Through a person in between")),
                    ("organisation", lazy_gettext("Through another organisation")),
                    ("other_witness", lazy_gettext("Through another witness")),
                    ("other", lazy_gettext("Another way")),
                ),
            ),
            ask("intermediary", lazy_gettext("Who was in between"), Kind.LINE, is_optional=True),
            ask(
                "first_contact_by",
                lazy_gettext("Who spoke to the witness first"),
                Kind.LINE,
                is_optional=True,
            ),
            ask(
                "earlier",
                lazy_gettext("Has the witness told this to anyone before who wrote it down or recorded it?"),
                Kind.RADIO,
                options=said(
                    ("no", lazy_gettext("No")),
                    ("yes", lazy_gettext("Yes")),
                    ("doubt", lazy_gettext("Asked, not known")),
                ),
                hint=lazy_gettext("Ask before anything is written. Telling it again can harm."),
                is_row=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("The earlier account"),
        (
            ask("reinterview_reason", lazy_gettext("Why it must be told again"), Kind.AREA),
            ask("earlier_by", lazy_gettext("To what kind of body"), Kind.LINE, is_optional=True),
            ask(
                "earlier_when",
                lazy_gettext("When"),
                Kind.LINE,
                hint=lazy_gettext("As exactly as is known: 2025, 2025-06, 2025-06-14."),
                is_optional=True,
            ),
            ask("earlier_form", lazy_gettext("How it was kept"), Kind.LINE, is_optional=True),
            ask(
                "earlier_copy",
                lazy_gettext("Can a copy be had?"),
                Kind.RADIO,
                options=YES_NO_DOUBT,
                is_optional=True,
                is_row=True,
            ),
        ),
        when=("earlier", "yes"),
        when_words=lazy_gettext("Only if there was an earlier account."),
    ),
    Section(
        lazy_gettext("Who is there"),
        (
            ask("present", lazy_gettext("Persons present"), Kind.TICKS, options=terms("presence")),
            ask(
                "could_hear",
                lazy_gettext("Which of them can hear what is said"),
                Kind.TICKS,
                options=terms("presence"),
                hint=lazy_gettext("If somebody uninvited can hear: stop, move, or come back another time."),
                is_optional=True,
            ),
            ask(
                "interpreter_used",
                lazy_gettext("Is there an interpreter?"),
                Kind.RADIO,
                options=YES_NO,
                is_row=True,
            ),
        ),
    ),
    Section(
        lazy_gettext("The interpreter"),
        (
            ask("interpreter_name", lazy_gettext("Name or number of the interpreter"), Kind.LINE),
            ask(
                "interpreter_relation",
                lazy_gettext("What the interpreter says: any tie to the witness or the accused"),
                Kind.LINE,
                hint=lazy_gettext("Write “none” if there is none."),
                is_optional=True,
            ),
            ask(
                "interpreter_alleged",
                lazy_gettext("What the witness says, asked alone"),
                Kind.LINE,
                is_optional=True,
            ),
            ask(
                "interpreter_flag",
                lazy_gettext("Is there a conflict?"),
                Kind.RADIO,
                options=said(
                    ("none", lazy_gettext("None known")),
                    ("declared", lazy_gettext("The interpreter says so")),
                    ("alleged", lazy_gettext("The witness says so")),
                    ("confirmed", lazy_gettext("Confirmed")),
                ),
            ),
            ask(
                "interpreter_undertaking",
                lazy_gettext("Has the interpreter signed to keep silent?"),
                Kind.RADIO,
                options=YES_NO,
                is_row=True,
            ),
            ask(
                "interpreter_gender_ok",
                lazy_gettext("Is the witness content with a man or a woman interpreting?"),
                Kind.RADIO,
                options=YES_NO_DOUBT,
                is_row=True,
            ),
        ),
        when=("interpreter_used", "yes"),
        when_words=lazy_gettext("Only if there is an interpreter."),
    ),
    Section(
        lazy_gettext("Languages"),
        (
            ask("spoken", lazy_gettext("Spoken by the witness"), Kind.SELECT, options=languages),
            ask(
                "explained_in", lazy_gettext("Rights and risks explained in"), Kind.SELECT, options=languages
            ),
            ask("written_in", lazy_gettext("Written down in"), Kind.SELECT, options=languages),
        ),
    ),
    Section(
        lazy_gettext("The witness"),
        (
            ask(
                "minor",
                lazy_gettext("Is the witness under 18?"),
                Kind.RADIO,
                options=YES_NO,
                is_row=True,
            ),
            ask(
                "age_band",
                lazy_gettext("Age, as a band"),
                Kind.SELECT,
                options=terms("age_band"),
                is_optional=True,
            ),
            ask(
                "sex",
                lazy_gettext("Sex, as stated"),
                Kind.RADIO,
                options=said(
                    ("F", lazy_gettext("Woman or girl")),
                    ("M", lazy_gettext("Man or boy")),
                    ("X", lazy_gettext("Other")),
                    ("undisclosed", lazy_gettext("Not stored")),
                ),
                is_optional=True,
                is_row=True,
            ),
            ask(
                "roles",
                lazy_gettext("What the witness is to the events"),
                Kind.TICKS,
                options=terms("witness_role"),
                is_optional=True,
            ),
        ),
        intro=lazy_gettext("No name here. Names have their own page, and only if the witness allows it."),
    ),
    Section(
        lazy_gettext("If the witness may have taken part"),
        (
            ask(
                "caution",
                lazy_gettext(
                    "Were they told, before the account, that they need not answer, may have a lawyer, and what may "
                    "become of their words?"
                ),
                Kind.RADIO,
                options=YES_NO,
                hint=lazy_gettext("Without a yes their account is not begun."),
                is_optional=True,
                is_row=True,
            ),
        ),
        intro=lazy_gettext(
            "Only for somebody who belonged to a force, or may have done wrong. If they ask for a lawyer, press the "
            "button under the account: it ends there."
        ),
    ),
)

EXPLANATION = (
    Section(
        None,
        (
            ask(
                "benefits",
                lazy_gettext("Anything the witness was given (a drink, the fare, a telephone card)"),
                Kind.LINE,
                is_optional=True,
            ),
        ),
    ),
)

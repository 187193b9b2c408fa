"""What is asked about consent besides the purposes: guardian and child, how it was decided, contact."""

from flask_babel import lazy_gettext

from testimony.web.intake_fields import YES_NO, YES_NO_DOUBT, Kind, Section, ask, said, terms

CONSENT = (
    Section(
        lazy_gettext("Guardian and child"),
        (
            ask(
                "guardian_decision",
                lazy_gettext("Guardian or the child's representative"),
                Kind.RADIO,
                options=said(
                    ("granted", lazy_gettext("Agrees")),
                    ("refused", lazy_gettext("Refuses")),
                    ("not_asked", lazy_gettext("Not asked, or nobody is there")),
                ),
            ),
            ask(
                "assent",
                lazy_gettext("The child itself"),
                Kind.RADIO,
                options=said(
                    ("given", lazy_gettext("Agrees")),
                    ("conditional", lazy_gettext("Agrees with conditions")),
                    ("refused", lazy_gettext("Refuses")),
                    ("not_asked", lazy_gettext("Not asked")),
                ),
            ),
        ),
        intro=lazy_gettext(
            "Without both, this can only be sealed as a closed note: nobody works on it until a custodian decides."
        ),
        when=("minor", "yes"),
    ),
    Section(
        lazy_gettext("How it was decided"),
        (
            ask(
                "free_of_pressure",
                lazy_gettext("Free of pressure?"),
                Kind.RADIO,
                options=YES_NO_DOUBT,
                is_row=True,
            ),
            ask("sober", lazy_gettext("Sober and awake?"), Kind.RADIO, options=YES_NO_DOUBT, is_row=True),
            ask(
                "understands",
                lazy_gettext("Understands what was explained?"),
                Kind.RADIO,
                options=YES_NO_DOUBT,
                is_row=True,
            ),
            ask(
                "paused",
                lazy_gettext("Did the witness ask for a lawyer, or ask to stop?"),
                Kind.RADIO,
                options=YES_NO,
                hint=lazy_gettext("If yes, only named readers see this until it is settled."),
                is_optional=True,
                is_row=True,
            ),
            ask(
                "evidence",
                lazy_gettext("How consent was given"),
                Kind.SELECT,
                options=terms("consent_evidence"),
            ),
            ask("basis", lazy_gettext("Lawful basis"), Kind.SELECT, options=terms("lawful_basis")),
            ask("given_on", lazy_gettext("Given on"), Kind.DATE),
            ask(
                "review_due",
                lazy_gettext("To be asked again by"),
                Kind.DATE,
                hint=lazy_gettext(
                    "After this day nothing new is released until the witness was asked again."
                ),
            ),
            ask(
                "receipt",
                lazy_gettext("Receipt"),
                Kind.RADIO,
                options=said(
                    ("given", lazy_gettext("Given")),
                    ("refused_unsafe", lazy_gettext("Refused: not safe to carry")),
                    ("not_offered", lazy_gettext("Not offered")),
                ),
            ),
        ),
    ),
    Section(
        lazy_gettext("If the witness may be contacted again"),
        (
            ask(
                "contact_channel",
                lazy_gettext("Only by this way"),
                Kind.LINE,
                hint=lazy_gettext(
                    "The way, not the number: “a call through the clinic”. Numbers go on the identity page."
                ),
            ),
            ask("contact_hours", lazy_gettext("Only at these hours"), Kind.LINE),
        ),
        when=("decision-CP21", "granted|granted_with_conditions"),
        when_words=lazy_gettext("Only if the witness said yes to being contacted again."),
    ),
)

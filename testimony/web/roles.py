"""What the roles are called on the pages, and what each does in a few words."""

from flask_babel import lazy_gettext

from testimony.domain.roles import Role

ROLE_NAMES = {
    Role.INTERVIEWER: lazy_gettext("Interviewer"),
    Role.REVIEWER: lazy_gettext("Reviewer"),
    Role.INVESTIGATOR: lazy_gettext("Investigator"),
    Role.AUDITOR: lazy_gettext("Auditor"),
    Role.CUSTODIAN: lazy_gettext("Custodian"),
}

ROLE_WORK = {
    Role.INTERVIEWER: lazy_gettext("takes testimonies"),
    Role.REVIEWER: lazy_gettext("withholds what would endanger people, and approves"),
    Role.INVESTIGATOR: lazy_gettext("searches and reads what was released"),
    Role.AUDITOR: lazy_gettext("checks who saw what"),
    Role.CUSTODIAN: lazy_gettext("keeps accounts, cases and promises"),
}

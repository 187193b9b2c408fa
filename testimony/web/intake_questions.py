"""All that an interview asks, step by step. The answers are kept as typed; what is missing is for the
services to say.
"""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from testimony.services.drafts import Step
from testimony.web.intake_account_questions import ACCOUNT, IDENTITY, PROTECT
from testimony.web.intake_before import BEFORE, EXPLANATION
from testimony.web.intake_closing import CLOSING
from testimony.web.intake_consent_questions import CONSENT
from testimony.web.intake_fields import Question, Section

SECTIONS: Mapping[Step, tuple[Section, ...]] = {
    Step.BEFORE: BEFORE,
    Step.EXPLANATION: EXPLANATION,
    Step.CONSENT: CONSENT,
    Step.ACCOUNT: ACCOUNT,
    Step.PROTECT: PROTECT,
    Step.IDENTITY: IDENTITY,
    Step.FILES: (),
    Step.CLOSING: CLOSING,
}

STEP_NAMES: Mapping[Step, LazyString] = {
    Step.BEFORE: lazy_gettext("Before you start"),
    Step.EXPLANATION: lazy_gettext("Explanation"),
    Step.CONSENT: lazy_gettext("Consent"),
    Step.ACCOUNT: lazy_gettext("The account"),
    Step.PROTECT: lazy_gettext("To protect"),
    Step.IDENTITY: lazy_gettext("Identity"),
    Step.FILES: lazy_gettext("Files"),
    Step.CLOSING: lazy_gettext("Closing"),
}


def questions_of(step: Step) -> tuple[Question, ...]:
    return tuple(question for section in SECTIONS[step] for question in section.questions)

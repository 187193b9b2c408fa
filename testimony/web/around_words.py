"""What can be wrong with what was typed around a testimony, in sentences."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("other", "same"): lazy_gettext("Choose another testimony: a wall stands between two."),
    ("other", "unknown"): lazy_gettext("There is no testimony with this code."),
    ("other", "no_second_custodian"): lazy_gettext(
        "Two custodians are needed for this, and there is no other. Invite a second custodian first."
    ),
    ("to_whom", "no_second_custodian"): lazy_gettext(
        "Two custodians are needed for this, and there is no other. Invite a second custodian first."
    ),
    ("other", "no_second_person"): lazy_gettext(
        "Nobody else may sign it: everybody took one of the two, interpreted it, or is too near to it."
    ),
    ("since", "bad_date"): lazy_gettext("Write the day as 2025-06-14, or the month or year alone."),
    ("until", "bad_date"): lazy_gettext("Write the day as 2025-06-14, or the month or year alone."),
    ("since", "out_of_range"): lazy_gettext("This day lies ahead."),
    ("until", "out_of_range"): lazy_gettext("This lies ahead, or before the beginning."),
    ("position", "out_of_range"): lazy_gettext("There is no file with this number."),
    ("reason", "required"): lazy_gettext("Say what can no longer be called back, and where it lies."),
    ("language", "unknown_code"): lazy_gettext("Choose the language."),
    **{
        (field, "required"): lazy_gettext("This has no answer yet.")
        for field in ("risks", "holders", "who", "interest", "danger", "to_whom", "told", "words")
    },
}

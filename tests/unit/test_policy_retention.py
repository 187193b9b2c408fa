"""How long a testimony is kept, class by class (retention.csv)."""

from dataclasses import replace
from datetime import date

import pytest

from testimony.policy.retention import Deed, Due, Kept, Retention, class_of, dues_of, log_due, years_after

DAY = date(2026, 3, 1)
KEPT = Kept(code="T-1", case_id="C", state="released", status="active", submitted_on=DAY)


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        (
            {"status": "invalid_no_guardian"},
            Due(date(2026, 3, 15), Retention.WITHOUT_VALID_CONSENT, Deed.DISPOSE),
        ),
        ({"status": None}, Due(date(2026, 3, 15), Retention.WITHOUT_VALID_CONSENT, Deed.DISPOSE)),
        (
            {"status": "withdrawn", "withdrawn_on": date(2026, 5, 1)},
            Due(date(2026, 5, 31), Retention.WITHDRAWN, Deed.DISPOSE),
        ),
        ({"case_closed_on": DAY}, Due(date(2028, 3, 1), Retention.WITHOUT_ARCHIVE_CONSENT, Deed.DISPOSE)),
        (
            {"case_closed_on": DAY, "archive_decision": "granted"},
            Due(date(2036, 3, 1), Retention.WITH_ARCHIVE_CONSENT, Deed.TRANSFER),
        ),
        ({"proceedings_ended_on": DAY}, Due(date(2031, 3, 1), Retention.PROCEEDINGS, Deed.REVIEW)),
        (
            {"has_identity": True, "identity_used_on": DAY},
            Due(date(2028, 3, 1), Retention.IDENTITY, Deed.CLOSE_IDENTITY),
        ),
    ],
)
def test_each_class_gives_its_day(changes: dict[str, object], due: Due) -> None:
    assert dues_of(replace(KEPT, **changes)) == (due,)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("changes", [{}, {"proceedings": True, "case_closed_on": DAY}, {"state": "disposed"}])
def test_nothing_is_due_while_nothing_has_ended(changes: dict[str, object]) -> None:
    assert dues_of(replace(KEPT, **changes)) == ()  # type: ignore[arg-type]  # fields by name


def test_a_withdrawal_goes_before_proceedings_and_proceedings_before_the_archive() -> None:
    assert class_of(replace(KEPT, status="withdrawn", proceedings=True)) is Retention.WITHDRAWN
    assert class_of(replace(KEPT, proceedings=True, archive_decision="granted")) is Retention.PROCEEDINGS


def test_the_log_is_looked_at_25_years_after_the_last_disposal() -> None:
    assert log_due(None) is None
    assert log_due(DAY) == Due(date(2051, 3, 1), Retention.LOG, Deed.REVIEW)
    assert years_after(date(2024, 2, 29), 2) == date(2026, 2, 28)

"""Invented rows of testimonies that were redacted elsewhere, and the two reviewers who bring them. No fixture."""

import json
from collections.abc import Iterable

from testimony.services.importing import RowReport
from testimony.services.importing_redacted import ATTESTED, import_redacted
from testimony.services.redacted_rows import Pair
from tests.services.conftest import Clock, People

TEXT = "They came before the rain. [WITNESS 1] hid in the granary until the third morning."


def row(external_id: str | None = "field-1", **fields: object) -> dict[str, object]:
    """A good row; a field that is None is left out."""
    whole: dict[str, object] = {
        "text": TEXT,
        "language": "eng",
        "interview_date": "2025-05",
        "audience": "partner",
        "consent": {"CP01": "granted", "CP07": "granted"},
        "external_id": external_id,
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def lines(*rows: object) -> list[bytes]:
    return [(json.dumps(r) if not isinstance(r, bytes) else r.decode()).encode() + b"\n" for r in rows]


def pair_of(people: People) -> Pair:
    return Pair(people["reviewer"], people["reviewer_b"])


def brought(people: People, clock: Clock, rows: Iterable[bytes]) -> list[RowReport]:
    return list(import_redacted(pair_of(people), rows, ATTESTED, clock))


def problems_of(report: RowReport) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in report.problems}

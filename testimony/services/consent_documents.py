"""The signed statement of a consent's version, read back. Strict: what is no statement of ours raises."""

import json
from datetime import date

from testimony.domain.consent import ConsentStatus, Decision
from testimony.domain.consent_terms import Decided, Terms
from testimony.domain.errors import IntegrityFailed
from testimony.domain.purposes import Purpose

FORMAT = "consent-version/1"


def terms_from_statement(statement: bytes, archive_id: str, code: str) -> Terms:
    """Raises IntegrityFailed for a statement about another archive or testimony, or one that cannot be read."""
    try:
        said = json.loads(statement)
        if (said["type"], said["archive"], said["code"]) != (FORMAT, archive_id, code):
            raise IntegrityFailed
        return Terms(
            version=int(said["version"]),
            status=ConsentStatus(said["status"]),
            given_on=_day(said["given_on"]),
            language=said["language"],
            evidence=said["evidence"],
            basis=said["basis"],
            review_due=_day(said["review_due"]),
            reconfirm_on=_day(said["reconfirm_on"]),
            minor=said["minor"] is True,
            guardian_ok=said["guardian_ok"] is True,
            decisions=tuple(
                Decided(
                    Purpose(one["purpose"]),
                    Decision(one["decision"]),
                    tuple(one["conditions"]),
                    _day(one["not_before"]),
                    _day(one["valid_until"]),
                    tuple(one["readers"]),
                )
                for one in said["decisions"]
            ),
        )
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)

"""Showing what two custodians opened, to who asked, for a day. Each field is its own entry before it is shown."""

import json
from collections.abc import Mapping
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, Refused
from testimony.domain.identity import IdentityField, RequestState
from testimony.policy.access import Permission, require
from testimony.services.identity_access import require_still_asking
from testimony.services.identity_statements import (
    Kept,
    about,
    read_request,
    require_opening,
    result_context,
)
from testimony.services.identity_sweeping import sweep
from testimony.services.sessions import Session, timestamp
from testimony.storage import identity_requests as rows
from testimony.storage.identity_requests import OpeningRow


def show(
    session: Session, request_id: str, wanted: frozenset[IdentityField], now: datetime
) -> Mapping[IdentityField, object]:
    """The named fields, in the form of "testimony-identity/1"; one that was never written is left out.

    Raises Refused for anyone but the requester and for one who could not ask any more; NotFound; Conflict when nothing
    lies open (any more), or a field was not asked for; IntegrityFailed.
    """
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        row = rows.find_request(work.connection, request_id)
        if row is None:
            raise NotFound
        if row.requester_id != session.account.id:
            raise Refused((DenyReason.NO_GRANT,), subject=("testimony", row.code))
        kept = read_request(session, work.connection, row)
        opening = rows.find_opening(work.connection, request_id)
        if opening is None or row.state != RequestState.OPENED:
            raise Conflict
        require_opening(session, work.connection, kept, opening)
        if opening.until <= timestamp(now) or not wanted or not wanted <= kept.request.fields:
            raise Conflict
        # Consent, state, grants and conflicts as they are today, not as they were when it was opened.
        require_still_asking(session, work, kept)
        fields = _open(session, kept, opening)
        for each in sorted(wanted):
            work.log(
                Action.IDENTITY_SHOWN,
                subject=("testimony", row.code),
                case=kept.register.case_id,
                fields=(each.value, about(request_id)),
            )
    # From here every showing is in the log.
    return {each: fields[each.value] for each in IdentityField if each in wanted and each.value in fields}


def _open(session: Session, kept: Kept, opening: OpeningRow) -> dict[str, object]:
    request = kept.request
    context = result_context(request.archive, kept.digest, opening.until, request.requester)
    try:
        plain = open_sealed(session.keys.sealing, opening.sealed, Label.IDENTITY_RESULT, context)
        fields = json.loads(plain)["fields"]
    except (CryptoError, ValueError, KeyError, TypeError):
        raise IntegrityFailed from None
    if not isinstance(fields, dict):
        raise IntegrityFailed
    return fields

"""The layer of one audience.

Which text and which marks two people sign, and whether what they signed still stands.

    statement := canonical JSON {type "redaction-set/2", archive, set, code, version, audience,
                                 text_sha256, marks_sha256, residual_sha256, [recipient]}

The redactor signs it under REDACTION_PROPOSAL, the second reviewer the very same bytes under
REDACTION_APPROVAL. `marks_sha256` covers every mark that is withheld from the audience: its place,
category, token, audience, entity, decision and what it generalises. A mark that does not count for the
audience may change. `residual_sha256` covers what the check of what is left found, and the reason why it
was let pass, as they are kept with the set. Version 1 knew neither the check nor generalised marks; what
was signed in it verifies, and stands as long as no mark that counts is generalised.
"""

import hashlib
import json
from dataclasses import replace

from crypto.errors import CryptoError
from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import IntegrityFailed
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.services.archives import OpenArchive
from testimony.services.certificates import certified_account, verify_by
from testimony.services.sessions import Work
from testimony.services.under_review import UnderReview, marks_of, settle_state
from testimony.storage import lifts, redaction_sets
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.redaction_sets import SetRow

SET_FORMAT = "redaction-set/2"
FIRST_SET_FORMAT = "redaction-set/1"


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def marks_digest(account: UnderReview, audience: Audience, *, set_format: str = SET_FORMAT) -> str:
    """SHA-256 over the canonical JSON of the marks that count for an audience, in the order of the text."""
    counting = [
        [m.start, m.end, m.category, m.replacement, m.withheld_from.value, m.entity, m.decision.value]
        # A generalised mark has one value more than version 1 knows, so no statement of that version stands over it.
        + ([m.exact] if m.exact or set_format != FIRST_SET_FORMAT else [])
        for m in marks_of(account)
        if m.is_withheld_from(audience)
    ]
    return hashlib.sha256(canonical_json(counting)).hexdigest()


def set_statement(
    archive_id: str,
    set_id: str,
    account: UnderReview,
    audience: Audience,
    residual: str,
    *,
    set_format: str = SET_FORMAT,
) -> bytes:
    """residual: what was found, as the set keeps it."""
    checked = {} if set_format == FIRST_SET_FORMAT else {"residual_sha256": text_digest(residual)}
    return canonical_json(
        checked
        | ({"recipient": account.recipient} if account.recipient else {})
        | {
            "type": set_format,
            "archive": archive_id,
            "set": set_id,
            "code": account.code,
            "version": account.version.version_no,
            "audience": audience.value,
            "text_sha256": text_digest(account.version.text),
            "marks_sha256": marks_digest(account, audience, set_format=set_format),
        }
    )


def still_stands(account: UnderReview, layer: SetRow, archive_id: str) -> bool:
    """Whether text and marks are the ones that this layer's statement names."""
    signed, account = format_of(layer), replace(account, recipient=layer.recipient_id)
    return signed in (FIRST_SET_FORMAT, SET_FORMAT) and layer.statement == set_statement(
        archive_id, layer.set_id, account, Audience(layer.audience), layer.residual, set_format=signed
    )


def format_of(layer: SetRow) -> str:
    return str(json.loads(layer.statement).get("type"))


def require_signatures(archive: OpenArchive, layer: SetRow) -> None:
    """Raises IntegrityFailed unless two different reviewers signed this layer's statement, each for their
    part.
    """
    if (
        layer.approver_id is None
        or layer.approval_signature is None
        or layer.approver_id == layer.redactor_id
    ):
        raise IntegrityFailed
    require_signature(
        archive, layer.redactor_id, layer.statement, layer.proposal_signature, Label.REDACTION_PROPOSAL
    )
    require_signature(
        archive, layer.approver_id, layer.statement, layer.approval_signature, Label.REDACTION_APPROVAL
    )


def require_signature(
    archive: OpenArchive, account_id: str, statement: bytes, signature: bytes, label: Label
) -> None:
    """Raises IntegrityFailed unless an account that the archive certifies as a reviewer signed this."""
    try:
        signer = certified_account(archive.keyring(), AccountId(account_id))
        verify_by(signer.signed_with, statement, signature, label)
    except (CryptoError, ArchiveDamaged):
        raise IntegrityFailed from None
    if Role.REVIEWER not in signer.roles:
        raise IntegrityFailed


def end_changed_layers(work: Work, account: UnderReview) -> None:
    """After an act: what was proposed or approved over other marks is superseded, and the register follows.

    account: with the marks as they are now.
    """
    version = account.version.version_no
    lifted = lifts.lifts_of(work.connection, account.code, version)
    for layer in redaction_sets.open_sets(work.connection, (account.code,)):
        named = json.loads(layer.statement)
        if layer.version != version or named["marks_sha256"] != marks_digest(
            replace(account, lifts=lifted, recipient=layer.recipient_id),
            Audience(layer.audience),
            set_format=format_of(layer),
        ):
            redaction_sets.change_set(work.connection, layer, state="superseded")
    settle_state(work, account.code)

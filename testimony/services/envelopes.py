"""What leaves an interviewer's hands: the signed submission sealed to the vault, and the identity sealed to
the identity compartment.

    submission := seal(vault, signature:3373 || document, INTAKE, submission id)
    document   := canonical JSON of a Submission, "testimony-submission/1"
    signature  := sign(interviewer, document, SUBMISSION)
    identity   := seal(identity, canonical JSON, IDENTITY, submission id)

A reader detects any other signer, document or submission id. It cannot tell that a submission was never
handed in.
"""

from dataclasses import dataclass, field

from crypto.errors import Tampered
from crypto.labels import Label
from crypto.sealing import SealingKey, SealingPublicKey, open_sealed, seal
from crypto.signing import SIGNATURE_BYTES, SigningKey, sign
from testimony.domain.canonical import canonical_json
from testimony.domain.testimony import Submission
from testimony.services.certificates import verify_by
from testimony.services.recovery_statements import Keys


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """The bytes that the interviewer signed, and the signature. What they say is `Submission.from_document`
    of the JSON.
    """

    document: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def sign_submission(signer: SigningKey, submission: Submission) -> SignedDocument:
    document = canonical_json(submission.to_document())
    return SignedDocument(document, sign(signer, document, Label.SUBMISSION))


def seal_submission(to: SealingPublicKey, signer: SigningKey, submission: Submission) -> bytes:
    """Sign a submission and seal it to the vault."""
    signed = sign_submission(signer, submission)
    payload = signed.signature + signed.document
    return seal(to, payload, Label.INTAKE, submission.submission_id.encode())


def open_submission(key: SealingKey, signer: Keys, sealed: bytes, submission_id: str) -> SignedDocument:
    """Open what `seal_submission` made and check who signed it.

    key: the vault's. signer: the keys with which the interviewer signed over time, out of a verified certificate.
    Raises Tampered; BadSignature.
    """
    payload = open_sealed(key, sealed, Label.INTAKE, submission_id.encode())
    if len(payload) <= SIGNATURE_BYTES:
        raise Tampered("a submission holds a signature and a document")
    signed = SignedDocument(document=payload[SIGNATURE_BYTES:], signature=payload[:SIGNATURE_BYTES])
    verify_by(signer, signed.document, signed.signature, Label.SUBMISSION)
    return signed


def seal_identity(to: SealingPublicKey, identity: dict[str, object], submission_id: str) -> bytes:
    return seal(to, canonical_json(identity), Label.IDENTITY, submission_id.encode())

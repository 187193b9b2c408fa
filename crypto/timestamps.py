"""Time-stamps of a text by others: RFC 3161 responses, checked against a stored chain of certificates.

Bytes in, bytes out; who is asked, and how, is the caller's. Only SHA-256 is asked for. A time-stamp proves that the
text was there at its time; nothing proves that the authority's clock was right.
"""

import hashlib
from datetime import UTC, datetime

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from crypto.errors import BadSignature, Malformed


def timestamp_request(text: bytes) -> bytes:
    """The DER request for a time-stamp over SHA-256 of the text, with a nonce, asking for the certificates."""
    request: bytes = (
        TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
    )
    return request


def read_chain(pem: str) -> tuple[Certificate, ...]:
    """The certificates of an authority. Raises Malformed unless there is one that signed itself."""
    try:
        chain = tuple(load_pem_x509_certificates(pem.encode()))
    except ValueError:
        raise Malformed("not certificates in PEM") from None
    if not any(one.issuer == one.subject for one in chain):
        raise Malformed("the chain has no root")
    return chain


def open_timestamp(response: bytes, text: bytes, pem: str) -> datetime:
    """The time, UTC, that the authority whose root is in the chain gave this text.

    Valid at that time is enough: the chain is kept, so it can be verified when its certificates are past their date.
    Raises BadSignature, Malformed.
    """
    chain = read_chain(pem)
    try:
        answer = decode_timestamp_response(response)
        builder = VerifierBuilder()
        for certificate in chain:
            if certificate.issuer == certificate.subject:
                builder = builder.add_root_certificate(certificate)
            else:
                builder = builder.add_intermediate_certificate(certificate)
        builder.build().verify(answer, hashlib.sha256(text).digest())
        given: datetime = answer.tst_info.gen_time
    except VerificationError:
        raise BadSignature("the time-stamp does not hold") from None
    except ValueError:
        raise Malformed("not a time-stamp") from None
    return given.astimezone(UTC)

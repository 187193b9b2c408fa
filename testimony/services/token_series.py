"""Which numbers tell people apart in the releases of one testimony for one audience or recipient."""

from crypto.keys import derive
from crypto.labels import Label
from testimony.domain.purposes import Audience
from testimony.domain.tokens import PLAIN, Series
from testimony.services.opening import numbering_secret
from testimony.services.sessions import Session


def series_of(session: Session, code: str, audience: Audience, recipient: str = "") -> Series:
    """The series of a layer. recipient: id, empty for an audience as a whole.

    Derived from the vault's first secret, so that it is the same for every reviewer and known to nobody else.
    """
    if audience is Audience.PARTNER and not recipient:
        return PLAIN
    context = "\0".join((code, audience.value, recipient)).encode()
    return Series(derive(numbering_secret(session.archive), Label.RELEASE_NUMBERS, context).raw)

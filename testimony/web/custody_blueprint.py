"""The address of the custody room, on which its view modules hang their pages."""

from flask import Blueprint

from testimony.domain.errors import SignInFailed
from testimony.services.accounts import require_password
from testimony.services.sessions import Session
from testimony.web.custody_forms import GraveForm
from testimony.web.custody_words import WRONG_PASSWORD
from testimony.web.forms import add_error
from testimony.web.wiring import now

blueprint = Blueprint("custody", __name__, url_prefix="/custody")


def is_confirmed(session: Session, form: GraveForm) -> bool:
    """Whether the reason is there and the password is this person's own; if not, the form says what is
    wrong.
    """
    if not form.validate():
        return False
    try:
        require_password(session, form.text("password"), now())
    except SignInFailed:
        add_error(form, "password", str(WRONG_PASSWORD))
        return False
    return True

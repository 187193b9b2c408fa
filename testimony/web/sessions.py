"""Who is asking. Flask-Login carries the session token, never the account id; the session stays in memory."""

from datetime import datetime

from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager, current_user, login_user, logout_user

from testimony.domain.errors import NotSignedIn
from testimony.services.sessions import Session
from testimony.web.wiring import current_services, now

_KEPT_OVER_SIGN_IN = ("language", "return_to")


class Visitor:
    """A signed-in person, as Flask-Login wants to see one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, session: Session) -> None:
        self._token = token
        self.session = session

    def get_id(self) -> str:
        return self._token


def install(app: Flask) -> None:
    manager = LoginManager()
    # The token has 256 bits and dies with the process; an address tied to it would only shut out who moves.
    manager.session_protection = None
    manager.user_loader(_visitor)
    manager.init_app(app)


def is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def current_session() -> Session:
    """The session of this request. Raises NotSignedIn."""
    if not is_signed_in():
        raise NotSignedIn
    visitor: Visitor = current_user
    return visitor.session


def current_token() -> str:
    """The token of this request's session, to tell it from others. Raises NotSignedIn."""
    if not is_signed_in():
        raise NotSignedIn
    visitor: Visitor = current_user
    return visitor.get_id()


def enter(session: Session, at: datetime) -> None:
    """Begin a session that `sign_in` has made: a new token, a new cookie, a new form token."""
    leave(at)
    kept = {name: cookie[name] for name in _KEPT_OVER_SIGN_IN if name in cookie}
    # A form token from before the sign-in must not be good after it.
    cookie.clear()
    cookie.update(kept)
    g.pop("csrf_token", None)
    login_user(Visitor(current_services().store.open(session, at), session))


def leave(at: datetime) -> None:
    """Close the session of this request, if there is one. Its keys are gone when this returns."""
    if is_signed_in():
        visitor: Visitor = current_user
        try:
            current_services().store.close(visitor.get_id(), at)
        finally:
            logout_user()


def leave_without_trace(at: datetime) -> None:
    """Close the session and forget everything that the cookie held."""
    try:
        leave(at)
    finally:
        cookie.clear()


def remember_page() -> None:
    """Note which page was asked for, to lead back there after sign-in. It may hold a code, never a name."""
    if request.method == "GET":
        cookie["return_to"] = request.full_path.rstrip("?")


def remembered_page() -> str | None:
    """The page noted before sign-in, once; None when there is none."""
    page: str | None = cookie.pop("return_to", None)
    return page


def _visitor(token: str) -> Visitor | None:
    try:
        return Visitor(token, current_services().store.find(token, now()))
    except NotSignedIn:
        return None

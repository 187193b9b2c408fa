"""Who may call which view. With one unmarked view the application does not start (`require_marks`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue, RouteCallable

from testimony.domain.audit import DenyReason
from testimony.domain.errors import NotSignedIn, Refused
from testimony.domain.roles import Role
from testimony.services.sessions import Session
from testimony.web import uploads
from testimony.web.sessions import current_session, is_signed_in, remember_page
from testimony.web.wiring import now

View = TypeVar("View", bound=Callable[..., object])

_MARK = "allowed"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who may call a view: anyone when public, else someone signed in with one of the roles."""

    public: bool
    roles: frozenset[Role]

    def admits(self, roles: frozenset[Role]) -> bool:
        return self.public or not self.roles.isdisjoint(roles)


PUBLIC = Allowed(public=True, roles=frozenset())
SIGNED_IN = Allowed(public=False, roles=frozenset(Role))


def allow(*roles: Role) -> Callable[[View], View]:
    """Mark a view for people with one of these roles. For others it is not there; the attempt is logged."""
    if not roles:
        raise ValueError("a view names the roles that may call it")
    return _marked(Allowed(public=False, roles=frozenset(roles)))


def allow_signed_in(view: View) -> View:
    return _marked(SIGNED_IN)(view)


def allow_public(view: View) -> View:
    return _marked(PUBLIC)(view)


def allowed(view: RouteCallable) -> Allowed:
    """The mark of a view. Raises ValueError when it carries none."""
    mark = getattr(view, _MARK, None)
    if not isinstance(mark, Allowed):
        raise ValueError(f"{view.__module__}.{view.__name__} says nobody who may call it")
    return mark


def install(app: Flask) -> None:
    """Check every request before anything else does, the form token included."""
    app.before_request(_check)


def require_marks(app: Flask) -> None:
    """Raises ValueError for a route that says nobody who may call it."""
    for rule in app.url_map.iter_rules():
        allowed(app.view_functions[rule.endpoint])


def _marked(mark: Allowed) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.__dict__[_MARK] = mark
        return view

    return decorate


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None:
        # No such page: the error handler answers the same to everyone.
        return None
    view = current_app.view_functions[request.endpoint]
    request.max_content_length = uploads.limit_of(view) or request.max_content_length
    mark = allowed(view)
    if mark.public:
        return None
    if not is_signed_in():
        return _send_to_sign_in()
    g.session = current_session()
    if not mark.admits(g.session.account.roles):
        _refuse(g.session)
    return None


def _refuse(session: Session) -> None:
    # The unit of work writes the denial to the log and lets it rise; errors.py then shows "not there".
    with session.work(now()):
        raise Refused((DenyReason.NO_GRANT,))


def _send_to_sign_in() -> ResponseReturnValue:
    if request.method not in ("GET", "HEAD"):
        raise NotSignedIn
    remember_page()
    return redirect(url_for("frame.sign_in_page"), code=303)

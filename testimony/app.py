"""The composition root: the only place that knows every concrete class."""

import gc
import json
import signal
import threading
from datetime import datetime
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from testimony.assembly import Assembly, utc_now
from testimony.domain.roles import Role
from testimony.services.alarm_notices import send_waiting
from testimony.services.alarm_watch import watch
from testimony.services.demonstration import DEMO_ACCOUNTS
from testimony.services.session_store import SessionStore
from testimony.serving import bounded_server
from testimony.settings import Settings
from testimony.web.factory import create_app
from testimony.web.wiring import DemoPerson, Services

EXPIRY_SECONDS = 20
WATCH_SECONDS = 300
"""How often what is overdue, and what somebody changed by hand, is looked for while the ledger is open."""

SILENCE_SECONDS = 20
"""After so long without a byte a connection is given up."""

THREADS = 24
"""More than the people of a small archive need at once: whoever never finishes a request keeps one waiting."""


class AddressTaken(Exception):
    """Nothing can be served at this host and port; the message says so."""


def web_app(assembly: Assembly, settings: Settings) -> Flask:
    directory = assembly.archive.directory
    demo = demo_people(directory.path)
    services = Services(
        name="Testimony",
        archive=assembly.archive,
        door=assembly.door,
        throttle=assembly.throttle,
        store=assembly.store,
        clock=utc_now,
        demo=demo,
        max_attachment_bytes=settings.max_attachment_bytes,
    )
    app = create_app(services)
    if settings.behind_https:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]  # Flask's way
    return app


def demo_people(path: Path) -> tuple[DemoPerson, ...] | None:
    """The invented people of a demonstration; None for every other archive."""
    listed = path / DEMO_ACCOUNTS
    if not listed.is_file():
        return None
    people = json.loads(listed.read_text(encoding="utf-8"))
    return tuple(DemoPerson(p["handle"], Role(p["role"]), p["password"]) for p in people)


def serve(assembly: Assembly, app: Flask, address: tuple[str, int], largest_file_bytes: int) -> None:
    """Serve until stopped. Everything is in this one process: the keys of whoever is signed in live nowhere else.

    Cheroot hands request bodies to the application as they arrive; a server that spools large ones to temporary files
    would write them there in clear (docs/decisions/0004). Raises AddressTaken.
    """
    server = bounded_server(address, app, threads=THREADS, largest_file_bytes=largest_file_bytes)
    server.timeout = SILENCE_SECONDS
    try:
        server.prepare()
    except OSError:
        raise AddressTaken(
            f"{address[0]}:{address[1]} cannot be served at: another program may be using it"
        ) from None
    if assembly.decoys is not None:
        assembly.decoys.keep_ready(utc_now())
    if threading.current_thread() is threading.main_thread():
        # Ending in order deletes empty profiles; the default would leave them to the next start.
        signal.signal(signal.SIGTERM, _end_in_order)
    # What is there now stays to the end: looking through all of it for rubbish would keep a request waiting.
    gc.collect()
    gc.freeze()
    stopping = threading.Event()
    for work, of in ((_expire_sessions, assembly.store), (_watch_alarms, assembly)):
        threading.Thread(target=work, args=(of, stopping), daemon=True).start()
    try:
        server.serve()
    finally:
        stopping.set()
        server.stop()


def _end_in_order(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _expire_sessions(store: SessionStore, stopping: threading.Event) -> None:
    """Lock what nobody uses, also when nobody asks for a page (G2)."""
    while not stopping.wait(EXPIRY_SECONDS):
        store.expire(utc_now())


def _watch_alarms(assembly: Assembly, stopping: threading.Event) -> None:
    """Raise what no entry raises, and tell of alarms. Apart: a relay that hangs keeps nobody waiting."""
    watched: datetime | None = None
    while not stopping.wait(EXPIRY_SECONDS):
        now = utc_now()
        if watched is None or abs((now - watched).total_seconds()) >= WATCH_SECONDS:
            watched = now
            watch(assembly.archive, now)
        if assembly.alarm_ways:
            send_waiting(assembly.archive, assembly.alarm_ways, now)

"""The ways by which alarms leave this process: mail through a relay beside it, or a POST to an address beside it.

Both only to loopback and private networks. The name is resolved once, every address it has is judged, and the one that
was judged is connected to: a name that answers differently a moment later reaches nothing. Redirects are not followed.
"""

import ipaddress
import json
import smtplib
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from testimony.services.alarm_notices import Notice, Send, Undelivered
from testimony.settings import Settings

SECONDS = 5
_MOST_NAME = 80
_LOCAL = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""Listed, not asked of the library: its idea of private takes in addresses of clouds and of documentation."""


def ways_of(settings: Settings) -> Mapping[str, Send]:
    """What the operator configured; empty without."""
    ways: dict[str, Send] = {}
    if settings.alarm_email is not None and settings.smtp is not None:
        ways["email"] = Mail(settings.alarm_email, *settings.smtp).send
    if settings.alarm_webhook is not None:
        ways["webhook"] = Webhook(settings.alarm_webhook).send
    return ways


@dataclass(frozen=True, slots=True)
class Mail:
    """host, port: of a relay that takes mail without a password and without TLS, since it is beside us."""

    to: str
    host: str
    port: int

    def send(self, notice: Notice) -> None:
        """Raises Undelivered."""
        try:
            message = _message(notice, self.to)
            with smtplib.SMTP(local_address(self.host, self.port), self.port, timeout=SECONDS) as relay:
                relay.send_message(message)
        except (OSError, smtplib.SMTPException, ValueError):
            raise Undelivered from None


@dataclass(frozen=True, slots=True)
class Webhook:
    """url: http:// and a local host."""

    url: str

    def send(self, notice: Notice) -> None:
        """Raises Undelivered for every answer but 2xx."""
        parts = urlsplit(self.url)
        try:
            host, port = parts.hostname or "", parts.port or 80
            connection = HTTPConnection(local_address(host, port), port, timeout=SECONDS)
            try:
                body = json.dumps({**asdict(notice), "at": notice.at.isoformat()}).encode()
                headers = {"Host": parts.netloc, "Content-Type": "application/json", "Connection": "close"}
                connection.request("POST", parts.path or "/", body, headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError):
            raise Undelivered from None
        if not 200 <= status < 300:
            raise Undelivered


def local_address(host: str, port: int) -> str:
    """The address to connect to. Raises Undelivered when one of the host's addresses is not of a local network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Undelivered from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(map(is_local, addresses)):
        raise Undelivered
    return addresses[0]


def is_local(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in _LOCAL if network.version == ip.version)


def _message(notice: Notice, to: str) -> EmailMessage:
    message = EmailMessage()
    name = _one_line(notice.archive)
    message["From"] = f"testimony@{socket.gethostname() or 'localhost'}"
    message["To"] = to
    message["Subject"] = f"Alarm {notice.number} in {name}"
    message["Message-ID"] = f"<alarm-{notice.number}-{int(notice.at.timestamp())}@testimony.invalid>"
    message.set_content(
        f"Archive: {name}\nRule: {notice.rule}\nRaised: {notice.at.isoformat()}\nNumber: {notice.number}\n\n"
        "Sign in and open the alarms. Nothing more is said here.\n"
    )
    return message


def _one_line(text: str) -> str:
    """A line break in a name would begin a header of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MOST_NAME]

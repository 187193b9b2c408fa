"""What the environment may decide; its only reader. Everything has a safe default; nothing here is a secret."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}")
_RELAY = re.compile(r"([A-Za-z0-9.-]{1,190}|\[[0-9a-fA-F:]{2,45}\]):([0-9]{1,5})")

DEFAULT_ATTACHMENT_BYTES = 500 * 1024 * 1024


class BadSetting(ValueError):
    """A setting of the environment cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    object_store: where sealed attachments lie when not in the archive's own folder, e.g. `s3://bucket/prefix`; the
    store's own variables (AWS_…) are read by its client.
    max_attachment_bytes: the largest file an interviewer may hand in.
    timestamp_authorities: who stamps checkpoints of the log (RFC 3161): address, and file with its certificates, PEM.
    timestamp_calendars: addresses of OpenTimestamps calendars. Nobody is asked but by `testimony audit timestamp`.
    alarm_email, smtp: who is told of alarms, and host and port of a mail relay in the local network.
    alarm_webhook: an address in the local network, http://, that alarms are posted to.
    behind_https: served through a proxy that speaks HTTPS and sets X-Forwarded-*; one proxy is trusted.
    """

    object_store: str | None = None
    max_attachment_bytes: int = DEFAULT_ATTACHMENT_BYTES
    behind_https: bool = False
    timestamp_authorities: tuple[tuple[str, Path], ...] = ()
    timestamp_calendars: tuple[str, ...] = ()
    alarm_email: str | None = None
    smtp: tuple[str, int] | None = None
    alarm_webhook: str | None = None


def settings_of_this_process() -> Settings:
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises BadSetting: a wrong value is said, never replaced by the default."""
    size = environment.get("TESTIMONY_MAX_ATTACHMENT_BYTES", str(DEFAULT_ATTACHMENT_BYTES))
    proxy = environment.get("TESTIMONY_BEHIND_HTTPS", "no")
    if not size.isdecimal() or int(size) < 1:
        raise BadSetting("TESTIMONY_MAX_ATTACHMENT_BYTES is a whole number of bytes")
    if proxy not in {"yes", "no"}:
        raise BadSetting("TESTIMONY_BEHIND_HTTPS is yes or no")
    return Settings(
        environment.get("TESTIMONY_OBJECT_STORE") or None,
        int(size),
        proxy == "yes",
        _authorities(environment.get("TESTIMONY_TIMESTAMP_AUTHORITIES", "")),
        _addresses("TESTIMONY_TIMESTAMP_CALENDARS", environment.get("TESTIMONY_TIMESTAMP_CALENDARS", "")),
        **_alarm_ways(environment),
    )


def _authorities(text: str) -> tuple[tuple[str, Path], ...]:
    """`https://… /path/to/chain.pem; https://… /path`."""
    found = []
    for one in filter(str.strip, text.split(";")):
        url, _, path = one.strip().partition(" ")
        if not path.strip():
            raise BadSetting(
                "TESTIMONY_TIMESTAMP_AUTHORITIES is an address and a file of certificates, then a semicolon"
            )
        (address,) = _addresses("TESTIMONY_TIMESTAMP_AUTHORITIES", url)
        found.append((address, Path(path.strip())))
    return tuple(found)


def _addresses(name: str, text: str) -> tuple[str, ...]:
    found = tuple(text.split())
    if not all(url.startswith(("https://", "http://")) for url in found):
        raise BadSetting(f"{name} holds addresses that begin with https:// or http://")
    return found


class _Ways(TypedDict):
    alarm_email: str | None
    smtp: tuple[str, int] | None
    alarm_webhook: str | None


def _alarm_ways(environment: Mapping[str, str]) -> _Ways:
    email = environment.get("TESTIMONY_ALARM_EMAIL") or None
    relay = environment.get("TESTIMONY_SMTP") or None
    webhook = environment.get("TESTIMONY_ALARM_WEBHOOK") or None
    if email is not None and not _ADDRESS.fullmatch(email):
        raise BadSetting("TESTIMONY_ALARM_EMAIL is one mail address")
    found = None if relay is None else _RELAY.fullmatch(relay)
    if relay is not None and (found is None or not 1 <= int(found[2]) <= 65535):
        raise BadSetting("TESTIMONY_SMTP is host:port of a mail relay in the local network")
    if email is not None and found is None:
        raise BadSetting("TESTIMONY_ALARM_EMAIL needs TESTIMONY_SMTP")
    if webhook is not None and not re.fullmatch(r"http://[^\s@?#]{1,500}", webhook):
        raise BadSetting("TESTIMONY_ALARM_WEBHOOK is an http:// address in the local network")
    smtp = None if found is None else (found[1].strip("[]"), int(found[2]))
    return {"alarm_email": email, "smtp": smtp, "alarm_webhook": webhook}

"""Accounts that come redacted, read from package data: rows as an import takes them, and what is coded of each.

Every person, village, number and event in them is invented (see the notice in redacted.json).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from testimony.domain.acts import Attribute, Perpetrators, Unit, Victims
from testimony.domain.places import PlaceLevel, PlaceName
from testimony.domain.purposes import Audience
from testimony.domain.witness import Sex
from testimony.services.demonstration.coding import RecordedPlace, Told


@dataclass(frozen=True, slots=True)
class RedactedAccount:
    """line: a row of `docs/formats/import.md`. types: how the witness knows, codes; empty where nobody coded it."""

    line: bytes = field(repr=False)
    audience: Audience
    types: tuple[str, ...]
    acts: tuple[Told, ...] = field(repr=False)


def load_redacted() -> tuple[RedactedAccount, ...]:
    return tuple(_account(each) for each in _document()["accounts"])


def load_places() -> Iterator[RecordedPlace]:
    """Each after the one that it lies in."""
    for each in _document()["places"]:
        names = tuple(PlaceName(text, language) for text, language in each["names"])
        yield RecordedPlace(each["id"], each["parent"], PlaceLevel(each["level"]), names)


@cache
def _document() -> Mapping[str, Any]:
    text = (files("testimony.services.demonstration") / "redacted.json").read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)
    return document


def _account(document: Mapping[str, Any]) -> RedactedAccount:
    row = document["row"]
    return RedactedAccount(
        line=json.dumps(row).encode(),
        audience=Audience(row["audience"]),
        types=tuple(document["types"]),
        acts=tuple(_told(act) for act in document["acts"]),
    )


def _told(document: Mapping[str, Any]) -> Told:
    least, most = document.get("victims", (None, None))
    unit, sex = Unit(document.get("unit", Unit.PERSON)), Sex(document.get("sex", Sex.UNDISCLOSED))
    return Told(
        violation=document["violation"],
        words=document["words"],
        place=document["place"],
        basis=document["basis"],
        victims=Victims(least, most, unit, sex),
        perpetrators=Perpetrators(*document["perpetrators"]),
        when=document["when"],
        methods=tuple(document.get("methods", ())),
        attributes=frozenset(Attribute(each) for each in document.get("attributes", ())),
        outcome=document.get("outcome"),
    )

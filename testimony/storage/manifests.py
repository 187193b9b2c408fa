"""manifest.json: what one backup holds, signed (docs/formats/backup.md).

    manifest := {"statement": canonical JSON, "public": base64, "signature": base64, "certificate": signed or null}

A reader finds every change of what was signed. It cannot find that a newer backup exists.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from testimony.domain.canonical import canonical_json
from testimony.storage.backup_files import Content, names_in, pieces_of, read_bounded
from testimony.storage.compartments import FILES
from testimony.storage.errors import ArchiveDamaged, BackupDamaged
from testimony.storage.keyring import Signed
from testimony.storage.keyring_file import read_signed_document, signed_document
from testimony.storage.objects import ObjectId

TYPE = "backup/1"
MANIFEST, OBJECT_LIST = "manifest.json", "objects.txt"
ERASURES, CLOSINGS = "erasures.jsonl", "closings.jsonl"
ALWAYS = (*(f"{compartment.value}.db" for compartment in FILES), "keyring.json", OBJECT_LIST)
SOMETIMES = ("locked-events.jsonl", ERASURES, CLOSINGS)

_MOST_MANIFEST_BYTES = 256 * 1024
_NAME = re.compile(r"[0-9]{6}-[0-9]{8}T[0-9]{6}Z")
_HASH = re.compile(r"[0-9a-f]{64}")
_OBJECT = re.compile(r"([0-9a-f]{32}) (0|[1-9][0-9]{0,17}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Manifest:
    """number: from 1, one more than the backup before. at: ISO 8601, UTC. root: fingerprint of the archive's root.

    previous: hash of the statement before, "" for the first. files: by name. objects: how many, bytes: of them all.
    """

    archive_id: str
    number: int
    at: str
    keyring_version: int
    root: str
    previous: str
    files: Mapping[str, Content]
    objects: int
    object_bytes: int

    def statement(self) -> bytes:
        return canonical_json(
            {
                "type": TYPE,
                "archive": self.archive_id,
                "number": self.number,
                "at": self.at,
                "keyring": self.keyring_version,
                "root": self.root,
                "previous": self.previous,
                "files": {name: [one.size, one.sha256] for name, one in self.files.items()},
                "objects": [self.objects, self.object_bytes],
            }
        )


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """public: the key that signed, raw. certificate: a custodian's word for that key, if there is one."""

    manifest: Manifest
    statement: bytes
    public: bytes
    signature: bytes
    certificate: Signed | None

    @property
    def sha256(self) -> str:
        return sha256(self.statement).hexdigest()


def folder_name(number: int, at: str) -> str:
    """000012-20260302T020000Z"""
    return f"{number:06d}-{at[:19].replace('-', '').replace(':', '')}Z"


def snapshot_names(folder: Path) -> tuple[str, ...]:
    """The folders of the backups, oldest first. Raises BackupDamaged for anything else that lies there."""
    names = names_in(folder)
    if not all(_NAME.fullmatch(name) for name in names):
        raise BackupDamaged
    return names


def manifest_bytes(signed: SignedManifest) -> bytes:
    return json.dumps(
        {
            "statement": signed.statement.decode(),
            "public": base64.b64encode(signed.public).decode(),
            "signature": base64.b64encode(signed.signature).decode(),
            "certificate": None if signed.certificate is None else signed_document(signed.certificate),
        },
        indent=1,
    ).encode()


def read_manifest(snapshot: Path) -> SignedManifest:
    """Raises BackupDamaged when it cannot be read as one. The signature is not looked at here."""
    content = read_bounded(snapshot / MANIFEST, _MOST_MANIFEST_BYTES)
    try:
        document = json.loads(content)
        statement = document["statement"].encode()
        certificate = document["certificate"]
        return SignedManifest(
            _parse(json.loads(statement)),
            statement,
            base64.b64decode(document["public"], validate=True),
            base64.b64decode(document["signature"], validate=True),
            None if certificate is None else read_signed_document(certificate),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ArchiveDamaged):
        raise BackupDamaged from None


def _parse(document: dict[str, Any]) -> Manifest:
    files = {name: Content(*one) for name, one in document["files"].items()}
    numbers = (
        document["number"],
        document["keyring"],
        *document["objects"],
        *(f.size for f in files.values()),
    )
    hashes = [one.sha256 for one in files.values()] + [document["root"]]
    texts = (document["archive"], document["at"], document["previous"])
    if (
        document["type"] != TYPE
        or not set(ALWAYS) <= files.keys() <= {*ALWAYS, *SOMETIMES}
        or not all(type(number) is int and 0 <= number < 1 << 60 for number in numbers)
        or not all(isinstance(each, str) and _HASH.fullmatch(each) for each in hashes)
        or not all(isinstance(text, str) for text in texts)
    ):
        raise BackupDamaged
    objects, object_bytes = document["objects"]
    return Manifest(
        archive_id=document["archive"],
        number=document["number"],
        at=document["at"],
        keyring_version=document["keyring"],
        root=document["root"],
        previous=document["previous"],
        files=files,
        objects=objects,
        object_bytes=object_bytes,
    )


def object_lines(objects: Mapping[ObjectId, Content]) -> Iterator[bytes]:
    for name in sorted(objects):
        yield f"{name} {objects[name].size} {objects[name].sha256}\n".encode()


def read_objects(snapshot: Path, manifest: Manifest) -> dict[ObjectId, Content]:
    """Raises BackupDamaged when the list is not the one that was signed, or no list."""
    objects: dict[ObjectId, Content] = {}
    rest = b""
    for piece in pieces_of(snapshot / OBJECT_LIST, manifest.files[OBJECT_LIST]):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            found = _OBJECT.fullmatch(line.decode("ascii", "replace"))
            if found is None:
                raise BackupDamaged
            objects[ObjectId(found[1])] = Content(int(found[2]), found[3])
    total = sum(one.size for one in objects.values())
    if rest or (len(objects), total) != (manifest.objects, manifest.object_bytes):
        raise BackupDamaged
    return objects

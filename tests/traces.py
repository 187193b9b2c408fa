"""Looking for words and keys in bytes: in every encoding in which they could have been left behind."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

Needles = Mapping[str, bytes]
"""What to look for by what it is called; a call never shows the word itself."""


def of_words(words: Iterable[str]) -> Needles:
    """Every form of some words: as typed and in other cases."""
    found: dict[str, bytes] = {}
    for number, word in enumerate(words):
        for case in dict.fromkeys((word, word.lower(), word.upper(), word.casefold())):
            for name, form in _texts(case):
                found[f"word {number} {name} {len(found)}"] = form
    return _once(found)


def of_secrets(secrets: Mapping[str, bytes]) -> Needles:
    """Every form of some keys: raw, hexadecimal, base 64."""
    return _once({f"{what} {name}": form for what, raw in secrets.items() for name, form in _raw(raw)})


_CLEAN: set[tuple[bytes, bytes]] = set()
"""Digests of what was looked for, and of what nothing of it was found in: the same bytes need no second look."""


def traces(roots: Iterable[Path], needles: Needles) -> list[str]:
    """What is found, as `file: what`. File names are looked at as well."""
    found = []
    wanted = sha256(b"".join(len(form).to_bytes(8, "big") + form for form in needles.values())).digest()
    for path in _files(roots):
        for content in (path.read_bytes(), str(path).encode("utf-8", "surrogateescape")):
            name = wanted, sha256(content).digest()
            if name not in _CLEAN:
                here = [f"{path}: {what}" for what, form in needles.items() if form in content]
                found += here
                _CLEAN.update(() if here else (name,))
    return found


def held_open(process_id: int, outside: Path) -> list[tuple[str, bytes]]:
    """(name, content) of every regular file that a process has open outside a folder, deleted ones included."""
    found = []
    for link in Path(f"/proc/{process_id}/fd").iterdir():
        try:
            name = str(link.readlink())
            if name.startswith("/") and not name.startswith(str(outside)) and link.is_file():
                found.append((name, link.read_bytes()))
        except OSError:
            continue
    return found


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        yield from (root,) if root.is_file() else (path for path in sorted(root.rglob("*")) if path.is_file())


def _texts(word: str) -> Iterator[tuple[str, bytes]]:
    yield from _raw(word.encode())
    yield "utf-16-le", word.encode("utf-16-le")
    yield "utf-16-be", word.encode("utf-16-be")
    yield "json", json.dumps(word)[1:-1].encode()
    yield "json upper", json.dumps(word)[1:-1].upper().replace("\\U", "\\u").encode()
    yield "percent", quote(word).encode()
    yield "html", word.encode("ascii", "xmlcharrefreplace")
    yield "repr", ascii(word)[1:-1].encode()


def _raw(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "raw", content
    yield "hex", content.hex().encode()
    yield "HEX", content.hex().upper().encode()
    for shift in range(3):
        # The characters that depend on bytes of ours alone, whatever stands before and after.
        encoded = base64.b64encode(b"\0" * shift + content)
        whole = encoded[-(-shift * 8 // 6) : (shift + len(content)) * 8 // 6]
        yield f"base64 +{shift}", whole
        yield f"base64url +{shift}", whole.replace(b"+", b"-").replace(b"/", b"_")


def _once(needles: Mapping[str, bytes]) -> Needles:
    """Each form once, and none so short that it would be found by chance."""
    seen: dict[bytes, str] = {}
    for what, form in needles.items():
        if len(form) >= 8:
            seen.setdefault(form, what)
    return {what: form for form, what in seen.items()}

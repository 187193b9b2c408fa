"""The lock files: all pinned and hashed, tied to no index; and published advisories where they can be had."""

import ast
import configparser
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

PACKAGES = ("testimony", "crypto", "search", "templates")
LOCKS = (Path("requirements/runtime.txt"), Path("requirements/development.txt"))
ADVISORY_SECONDS = 30


class NotChecked(Exception):
    """The check cannot be made on this machine; the message says why."""


_PIN = re.compile(r"[a-z0-9][a-z0-9.-]*==\S+( ; .+)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def lock_findings() -> Iterator[str]:
    for lock in LOCKS:
        for requirement in _requirements(lock.read_text(encoding="utf-8")):
            pin, *hashes = (part.strip() for part in requirement.split(" \\\n"))
            if not _PIN.fullmatch(pin):  # an index address, a trusted host, a path, a range
                yield f"{lock}: not a pinned package: {pin}"
            elif not hashes or not all(_HASH.fullmatch(value) for value in hashes):
                yield f"{lock}: without a hash: {pin}"


def _requirements(text: str) -> Iterator[str]:
    kept = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    yield from re.split(r"(?<!\\)\n", kept)


def declaration_findings() -> Iterator[str]:
    """Yield what the packages import without setup.cfg asking for it, and what it asks for in vain.

    A missing one works here, where another library happens to bring it, and fails from the wheel.
    """
    config = configparser.ConfigParser()
    config.read("setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].split()
    declared = {_normal(re.split("[<>=!~;]", line)[0]) for line in lines}
    providers = packages_distributions()
    imported = {module: _imported_from(providers, module) for module in _imported_modules()}
    yield from (
        f"imported but not declared: {module}" for module, names in imported.items() if not names & declared
    )
    unused = declared - {name for names in imported.values() for name in names}
    yield from (f"declared but imported nowhere: {name}" for name in sorted(unused))


def _imported_modules() -> frozenset[str]:
    """Return the top-level names that the packages import, without the standard library and our own."""
    found: set[str] = set()
    for path in (path for package in PACKAGES for path in Path(package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return frozenset(found - sys.stdlib_module_names - set(PACKAGES))


def _imported_from(providers: Mapping[str, list[str]], module: str) -> frozenset[str]:
    return frozenset(_normal(name) for name in providers.get(module, ()))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def advisory_findings() -> Iterator[str]:
    """Yield the published advisories on what is installed at run time.

    Raises NotChecked where the advisory service cannot be asked: work offline must go on.
    """
    try:
        packages = _advisories()["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        raise NotChecked("the advisory service could not be asked from here") from None
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        raise NotChecked("the advisory service answered for none of the packages")
    for package in asked:
        for advisory in package["vulns"]:
            repaired = ", ".join(advisory["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {advisory['id']} (repaired in {repaired})"


def _advisories() -> dict[str, Any]:
    arguments = [
        "--require-hashes",
        "--disable-pip",
        "--timeout",
        "5",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--requirement", str(LOCKS[0]), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=ADVISORY_SECONDS,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report

"""The lock files: all pinned and hashed, tied to no index; and published advisories where they can be had."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOCKS = (Path("requirements/runtime.txt"), Path("requirements/development.txt"))
ADVISORY_SECONDS = 90

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


def advisory_findings() -> Iterator[str]:
    """Yield the published advisories on what is installed at run time.

    Without a connection this finds nothing and says so: work offline must go on.
    """
    try:
        report = _advisories()
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        print("advisories: could not be asked for here (no connection to the advisory service)")
        return
    packages = report["dependencies"]
    unknown = sum("skip_reason" in package for package in packages)
    if unknown:
        print(f"advisories: the service could not be asked about {unknown} of {len(packages)} packages")
    for package in packages:
        for advisory in package.get("vulns", ()):
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

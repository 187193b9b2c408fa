"""`make check`: every rule a machine can hold the project to, one line a rule; it does not run the tests."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools import dependencies, messages, sizes

Check = Callable[[], Iterator[str]]


def command(name: str, *arguments: str) -> Check:
    """Return a check that finds what a command of this environment prints when it fails."""

    def findings() -> Iterator[str]:
        done = subprocess.run(
            [Path(sys.executable).with_name(name), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            yield from (done.stdout + done.stderr).splitlines()

    return findings


CHECKS: Mapping[str, Check] = {
    "lint": command("ruff", "check", "--quiet", "."),
    "format": command("ruff", "format", "--quiet", "--check", "--diff", "."),
    "types": command("mypy", "--no-error-summary"),
    "layers": command("lint-imports", "--no-cache"),
    "sizes": sizes.findings,
    "locks": dependencies.lock_findings,
    "declared": dependencies.declaration_findings,
    "installed": command("pip", "--disable-pip-version-check", "check"),
    "advisories": dependencies.advisory_findings,
    "translations": messages.findings,
}


def main(names: list[str]) -> int:
    failed = []
    for name in names or CHECKS:
        try:
            findings = list(CHECKS[name]())
        except dependencies.NotChecked as reason:
            print(f"{name}: not checked: {reason}", flush=True)
            continue
        print(f"{name}: {'falls short' if findings else 'holds'}", flush=True)
        if findings:
            failed.append(name)
            print(*(f"  {finding}" for finding in findings), sep="\n", flush=True)
    print(f"make check falls short: {', '.join(failed)}" if failed else "make check: everything holds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m benchmarks [part ...]`: print each part's tables and bars; end with 1 if a bar is missed.

A part is a module `bench_<part>.py` whose `run()` returns its tables and bars.
"""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.report import Bar, DataAbsent, Table

PREFIX = "bench_"


def parts() -> tuple[str, ...]:
    names = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return tuple(sorted(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)))


def measure(part: str) -> tuple[Table | Bar, ...]:
    module = importlib.import_module(f"benchmarks.{PREFIX}{part}")
    shown: tuple[Table | Bar, ...] = module.run()
    return shown


def main(chosen: list[str]) -> int:
    known = parts()
    if unknown := [part for part in chosen if part not in known]:
        print(f"no such part: {', '.join(unknown)} (there are: {', '.join(known)})")
        return 2
    bars: list[Bar] = []
    for part in chosen or known:
        print(f"== {part}", flush=True)
        try:
            shown = measure(part)
        except DataAbsent as absent:
            print(f"not measured: {absent}")
            continue
        print(*(table for table in shown if isinstance(table, Table)), sep="\n\n")
        print(*(bar for bar in shown if isinstance(bar, Bar)), sep="\n", flush=True)
        bars += (bar for bar in shown if isinstance(bar, Bar))
    return 0 if all(bar.met for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

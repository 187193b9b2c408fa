"""Modules and functions a person can hold in mind; size-allowances.txt names what is longer, and why."""

import ast
from collections.abc import Iterator
from pathlib import Path

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 50
PACKAGES = ("testimony", "crypto", "search", "templates", "tools")
ALLOWANCES = Path(__file__).with_name("size-allowances.txt")


def findings() -> Iterator[str]:
    """Yield what is too long without an allowance, and each allowance that nothing needs or explains."""
    allowed = dict(_allowances())
    yield from (
        f"{ALLOWANCES.name}: {place} gives no reason" for place, reason in allowed.items() if not reason
    )
    long = dict(_too_long())
    yield from (f"{place}: {lines} lines" for place, lines in long.items() if place not in allowed)
    yield from (f"{ALLOWANCES.name}: {place} is no longer too long" for place in allowed if place not in long)


def _allowances() -> Iterator[tuple[str, str]]:
    for line in ALLOWANCES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            place, _, reason = line.partition(" ")
            yield place, reason.strip()


def _too_long() -> Iterator[tuple[str, int]]:
    """Yield `path` or `path:function`, with its number of lines."""
    for path in sorted(path for package in PACKAGES for path in Path(package).rglob("*.py")):
        if "versions" in path.parts:  # a migration is one change, written once
            continue
        source = path.read_text(encoding="utf-8")
        if (lines := len(source.splitlines())) > MAX_MODULE_LINES:
            yield str(path), lines
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    yield f"{path}:{node.name}", lines

"""The program for people outside, as the one file that leaves with a log: `verify_testimony_log.py`.

Here it is modules, each of which a person can hold in mind; who gets a log has nothing else of ours. So they are put
one after the other: first what `verify_testimony_log.py` says of itself, then every import once, then the body of each
module under what its docstring says, in the order of PARTS. Imports of one another fall away, since all names then
live in one file. The same modules always give the same bytes. Raises Collision when that would change a meaning.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

NAME = "verify_testimony_log.py"
PARTS = (
    "crypto.errors",
    "crypto.ots_proofs",
    "testimony.exports.log_keys",
    "testimony.exports.log_notes",
    "testimony.exports.log_reading",
    "testimony.exports.verify_testimony_log",
)
_WIDTH = 110


class Collision(Exception):
    """Two parts give one name to two things, or call a thing of another part by another name."""


def program() -> str:
    """The source of the whole program."""
    sources = {part: _source(part) for part in PARTS}
    trees = {part: ast.parse(source) for part, source in sources.items()}
    require_apart(trees)
    last = PARTS[-1]
    head = sources[last][: sources[last].index('"""\n', sources[last].index('"""') + 3) + 4]
    blocks = [head, *_imports(trees)]
    for part in PARTS:
        if part != last:
            blocks.append(f"\n\n{_as_comment(ast.get_docstring(trees[part]) or part)}")
        blocks.append(_body(sources[part], trees[part]))
    return "".join(blocks)


def _source(part: str) -> str:
    return Path(str(import_module(part).__file__)).read_text(encoding="utf-8")


def _is_ours(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module in PARTS


def _body(source: str, tree: ast.Module) -> str:
    """What stands below the last import."""
    above = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)] or tree.body[:1]
    end = max(node.end_lineno or 0 for node in above)
    return "".join(source.splitlines(keepends=True)[end:])


def _imports(trees: Mapping[str, ast.Module]) -> Iterator[str]:
    """Every import of every part once: the standard library, then what must be installed."""
    whole, named = set[str](), dict[str, set[str]]()
    for node in (node for tree in trees.values() for node in tree.body if not _is_ours(node)):
        if isinstance(node, ast.Import):
            whole |= {_said(alias) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.setdefault(str(node.module), set()).update(_said(alias) for alias in node.names)
    for is_standard in (True, False):
        lines = [f"import {name}\n" for name in sorted(whole) if _is_standard(name) is is_standard]
        lines += [_from(name, named[name]) for name in sorted(named) if _is_standard(name) is is_standard]
        if lines:
            yield "\n" + "".join(lines)


def _is_standard(name: str) -> bool:
    return name.split(".")[0] in sys.stdlib_module_names


def _said(alias: ast.alias) -> str:
    return alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"


def _from(module: str, names: set[str]) -> str:
    line = f"from {module} import {', '.join(sorted(names))}\n"
    if len(line) <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in sorted(names)) + ")\n"


def _as_comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def require_apart(trees: Mapping[str, ast.Module]) -> None:
    """Raises Collision."""
    statements = [node for tree in trees.values() for node in tree.body]
    if any(alias.asname for node in statements if _is_ours(node) for alias in _aliases(node)):
        raise Collision
    seen = {alias.name for node in statements if not _is_ours(node) for alias in _aliases(node)}
    for tree in trees.values():
        names = {name for node in tree.body for name in _names(node)}
        if names & seen:
            raise Collision
        seen |= names


def _aliases(node: ast.stmt) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement at the top of a module gives a name to, imports apart."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    for inner in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign) else ():
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id

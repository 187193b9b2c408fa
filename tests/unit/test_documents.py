"""A claim cites its test by path; a path that leads nowhere is a claim without a test."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    cited = set(
        re.findall(r"`((?:tests|docs|testimony|crypto|search|templates|benchmarks)/[\w./-]+\.\w+)`", text)
    )
    linked = {link for link in re.findall(r"\]\((?!https?:)([^)#]+)", text) if link}

    missing = [path for path in cited if not (ROOT / path).exists()]
    missing += [link for link in linked if not (document.parent / link).exists()]

    assert missing == []

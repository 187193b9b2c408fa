"""Annotated texts that others made, as this project's documents. Read from beside the project, never kept in it."""

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import DATA, DataAbsent, data

TAB = "redaction/en_tab_train_dev.json.gz"
SETS = {
    "fr-echr": "redaction/fr_echr_manual_dev.jsonl.gz",
    "es-echr": "redaction/es_echr_manual_dev.jsonl.gz",
    "es-meddocan": "redaction/es_meddocan_train.jsonl.gz",
    "fr-europeana": "redaction/fr_europeana_bnf.jsonl.gz",
    "ru-factrueval": "redaction/ru_factrueval2016.jsonl.gz",
}
UNSEEN = Path(__file__).with_name("unseen_accounts.txt")
SAMPLE = DATA.parent / "domain" / "sample_testimonies.json"

DIRECT, QUASI, KEPT = "DIRECT", "QUASI", "NO_MASK"


@dataclass(frozen=True, slots=True)
class Mention:
    """start, end: code points. entity: the same for every mention of one. need: DIRECT, QUASI or NO_MASK."""

    start: int
    end: int
    type: str
    need: str
    entity: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document. mentions: all that somebody annotated; those to mask have another need than NO_MASK."""

    id: str
    language: str
    text: str = field(repr=False)
    mentions: tuple[Mention, ...] = field(repr=False)

    @property
    def to_mask(self) -> tuple[Mention, ...]:
        return tuple(mention for mention in self.mentions if mention.need != KEPT)


def tab() -> tuple[Annotated, ...]:
    """The Text Anonymization Benchmark, train and dev. Raises DataAbsent."""
    documents = json.loads(gzip.decompress(data(TAB).read_bytes()))
    return tuple(
        Annotated(
            document["doc_id"],
            "en",
            document["text"],
            tuple(
                Mention(
                    mention["start_offset"],
                    mention["end_offset"],
                    mention["entity_type"],
                    mention["identifier_type"],
                    f"{who}:{mention['entity_id']}",
                )
                for who, said in sorted(document["annotations"].items())
                for mention in said["entity_mentions"]
            ),
        )
        for document in documents
    )


def spans_of(name: str) -> tuple[Annotated, ...]:
    """One of SETS; every span of it is to be masked. Raises DataAbsent."""
    lines = gzip.decompress(data(SETS[name]).read_bytes()).decode().splitlines()
    return tuple(_of_row(json.loads(line)) for line in lines)


def _of_row(row: dict[str, Any]) -> Annotated:
    mentions = (Mention(start, end, kind, QUASI, row["text"][start:end]) for start, end, kind in row["spans"])
    return Annotated(str(row["id"]), row["lang"][:2], row["text"], tuple(mentions))


def sample(path: Path = SAMPLE) -> tuple[Annotated, ...]:
    """The invented testimonies. Raises DataAbsent."""
    if not path.exists():
        raise DataAbsent("shared/domain/sample_testimonies.json is not beside the project")
    return tuple(_of_record(record) for record in json.loads(path.read_text("utf-8"))["records"])


def _of_record(record: dict[str, Any]) -> Annotated:
    mentions = (
        Mention(
            start,
            start + len(said["text"]),
            said["type"],
            QUASI if said["should_redact"] else KEPT,
            said["text"],
        )
        for said in record["identifiers"]
        for start in said["start"]
    )
    return Annotated(record["id"], record["lang"], record["text"], tuple(mentions))


def unseen_accounts(path: Path = UNSEEN) -> tuple[Annotated, ...]:
    """Invented accounts that no rule was written on, in languages of which the testimonies have none or few."""
    paragraphs = path.read_text("utf-8").split("\n\n")[1:]
    return tuple(_of_marked(f"unseen-{number}", paragraph) for number, paragraph in enumerate(paragraphs))


def _of_marked(name: str, paragraph: str) -> Annotated:
    language, _, marked = paragraph.strip().partition(": ")
    text, mentions = "", []
    for piece in re.split(r"(\{[^}]*\})", marked):
        if piece.startswith("{"):
            end = len(text) + len(piece) - 2
            mentions.append(Mention(len(text), end, "INVENTED", QUASI, piece))
        text += piece.strip("{}")
    return Annotated(name, language, text, tuple(mentions))


def folds(
    documents: Iterable[Annotated], count: int
) -> list[tuple[tuple[Annotated, ...], tuple[Annotated, ...]]]:
    """Deal documents into as many (learned from, unseen) pairs; whole documents, in the order they came."""
    held = tuple(documents)
    return [
        (
            tuple(document for at, document in enumerate(held) if at % count != fold),
            tuple(document for at, document in enumerate(held) if at % count == fold),
        )
        for fold in range(count)
    ]

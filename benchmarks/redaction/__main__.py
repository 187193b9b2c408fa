"""`python -m benchmarks.redaction [language ...]`: learn the models from the free corpora and ship them."""

import sys
from pathlib import Path

from benchmarks.redaction.arabic import listed_words
from benchmarks.redaction.training import LANGUAGES, course
from testimony.detection.weights import pack

MODELS = Path(__file__).resolve().parents[2] / "testimony" / "detection" / "data"


NAMES = """# One-word names in Arabic letters, folded, of Wikidata (CC0): three in four of them, and the commonest.
# Written by `python -m benchmarks.redaction ar`; a hint for the model alone.
"""


def main(chosen: list[str]) -> None:
    for language in chosen or LANGUAGES:
        if language == "ar":
            names = "\n".join(listed_words())
            (MODELS / "names-ar.txt").write_text(f"{NAMES}{names}\n", "utf-8")
        taught = course(language)
        model = taught.learn_from(taught.documents)
        packed = pack(model)
        (MODELS / f"model-{language}.bin").write_bytes(packed)
        print(
            f"{language}: {len(taught.documents)} + {len(taught.others)} texts, {len(model.weights):,} features",
            end="",
        )
        print(
            f", {len(packed):,} bytes; left to the model: {', '.join(model.silences) or 'no rule'}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

"""`python -m benchmarks.redaction [language ...]`: learn the models from the free corpora and ship them."""

import sys
from pathlib import Path

from benchmarks.redaction.training import LANGUAGES, course
from testimony.detection.weights import pack

MODELS = Path(__file__).resolve().parents[2] / "testimony" / "detection" / "data"


def main(chosen: list[str]) -> None:
    for language in chosen or LANGUAGES:
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

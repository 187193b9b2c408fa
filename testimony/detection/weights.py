"""A model and its file: weights of hashed features, three a feature, in a byte each; no word of a corpus is in it.

file := zlib(head "\n" numbers weights numbers weights). head: JSON. numbers: 32-bit hashes in order. The second pair
holds the weights of types. A file that is not whole does not unpack.
"""

import json
import zlib
from array import array
from dataclasses import dataclass, field
from typing import Any

LABELS = ("O", "B", "I")

Vector = tuple[float, float, float]
NOTHING: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """weights: three a feature, by its number. steps: from label to label. threshold: of being an identifier."""

    weights: dict[int, Vector] = field(repr=False)
    steps: tuple[Vector, Vector, Vector]
    threshold: float
    types: tuple[str, ...]
    type_weights: dict[int, tuple[float, ...]] = field(repr=False)
    silences: tuple[str, ...] = ()
    """Rules that are more often wrong than right on such texts: the model hears them, and speaks in their place."""

    def as_shipped(self) -> "Model":
        """Return the model with its weights rounded as a file holds them."""
        return unpack(pack(self))


def pack(model: Model) -> bytes:
    """Return the bytes of a model file: a line of JSON, then numbers of features, then weights in eighths of a byte."""
    top = max((abs(w) for v in model.weights.values() for w in v), default=1.0)
    type_top = max((abs(w) for v in model.type_weights.values() for w in v), default=1.0)
    head = {
        "steps": model.steps,
        "threshold": model.threshold,
        "types": model.types,
        "silences": model.silences,
        "scale": top / 127,
        "type_scale": type_top / 127,
        "features": len(model.weights),
        "type_features": len(model.type_weights),
    }
    body = json.dumps(head).encode() + b"\n"
    for table, scale in ((model.weights, top / 127), (model.type_weights, type_top / 127)):
        numbers = sorted(table)
        body += array("I", numbers).tobytes()
        body += array("b", (round(w / scale) for n in numbers for w in table[n])).tobytes()
    return zlib.compress(body, 9)


def unpack(packed: bytes) -> Model:
    body = zlib.decompress(packed)
    line, _, rest = body.partition(b"\n")
    head = json.loads(line)
    tables: list[dict[int, Any]] = []
    for count, width, scale in (
        (head["features"], 3, head["scale"]),
        (head["type_features"], len(head["types"]), head["type_scale"]),
    ):
        numbers = array("I", rest[: 4 * count])
        weights = array("b", rest[4 * count : (4 + width) * count])
        rest = rest[(4 + width) * count :]
        scaled = [weight * scale for weight in weights]
        tables.append({n: tuple(scaled[at * width : (at + 1) * width]) for at, n in enumerate(numbers)})
    first, second, third = (tuple(row) for row in head["steps"])
    return Model(
        weights=tables[0],
        steps=(first, second, third),
        threshold=head["threshold"],
        types=tuple(head["types"]),
        type_weights=tables[1],
        silences=tuple(head["silences"]),
    )

"""`python -m benchmarks.names`: learn the odds of sounds from the learning half and write them into the project."""

from pathlib import Path

from benchmarks.names.groups import Half, halves
from benchmarks.names.learning import as_csv, learn, training_pairs

TABLE = Path(__file__).resolve().parents[2] / "search" / "data" / "sound_odds.csv"
SEED = 7


def main() -> None:
    pairs = training_pairs(halves()[Half.LEARN], SEED)
    table = learn(pairs)
    TABLE.write_text(as_csv(table), encoding="utf-8")
    print(f"{len(table)} odds learned from {len(pairs)} pairs of spellings")


if __name__ == "__main__":
    main()

"""The full-text indexes of an archive, and what they keep in memory between searches."""

from testimony.storage import originals_index, releases

INDEXES = (releases.INDEX, originals_index.INDEX)


def forget_words() -> None:
    """Keep no word and no set of documents in memory: the files they were read from are closed."""
    for index in INDEXES:
        index.forget()

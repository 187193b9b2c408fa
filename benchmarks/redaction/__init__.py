"""Redaction suggestions: the free corpora, the figures, and the training of the shipped models."""

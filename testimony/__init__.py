"""Testimony: a sealed archive for what witnesses of grave crimes tell."""

__version__ = "0.1.0"

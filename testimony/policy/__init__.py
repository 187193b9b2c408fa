"""Decisions: who may do what, and what consent allows. Values in, verdicts out; a refusal raises."""

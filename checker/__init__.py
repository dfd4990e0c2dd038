"""Answers in, verdicts out."""

"""The exercises of a document: each begins with `Problem 2`, and has letters of its own.

What stands before the first one is the setting of all. A document without such headings is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from checker.documents.evidence import Evidence
from checker.documents.sentences import Sentence
from derivations.frozen import frozen

_WORD = r"(?:problem|exercise|question|task|assignment)\s*\#?\s*\d+[a-z]?(?:\.\d+)*"
_HEADING = re.compile(rf"\W*{_WORD}\b", re.IGNORECASE)
_LINE = re.compile(rf"\s*(?:\*\*|__)?\s*{_WORD}\s*(?:[.:(]|\*\*|__|\Z)", re.IGNORECASE)
"""A line of words that is a heading: not `Problem 1 shows that`."""


@frozen
class Exercise:
    """The sentences of an exercise, and what the formulas show of its letters. `first`: what stands before them all."""

    sentences: tuple[Sentence, ...]
    evidence: Evidence
    first: bool


def exercises(sentences: Sequence[Sentence]) -> Iterator[Exercise]:
    """The exercises of a document in order."""
    starts = [k for k, sentence in enumerate(sentences) if _begins(sentence)]
    if len(starts) < 2:
        starts = []
    setting = sentences[: starts[0]] if starts else sentences
    yield Exercise(tuple(setting), _evidence(sentences), True)
    for start, end in pairwise([*starts, len(sentences)]):
        yield Exercise(tuple(sentences[start:end]), _evidence((*setting, *sentences[start:end])), False)


def _begins(sentence: Sentence) -> bool:
    return (_LINE if sentence.heading is None else _HEADING).match(sentence.words) is not None


def _evidence(sentences: Sequence[Sentence]) -> Evidence:
    return Evidence([piece.inside for sentence in sentences for piece in sentence.formulas])

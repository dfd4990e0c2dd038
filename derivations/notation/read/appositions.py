"""Nouns in front of the names that they are about, and adverbs behind a product, taken into the mathematics: `dL/da
times the mask r elementwise, divided by q` is `dL/da ⊙ r / q`. Every character keeps its place.

    the mask r, the weight matrix W                 r, W
    A times B elementwise, A * B (entry by entry)   A ⊙ B
    the elementwise product of A and B              A ⊙ B
    the transpose of A, the inverse of A            A^T, inv(A)
    A times B, divided by c                         A times B divided by c
"""

from __future__ import annotations

import re

from derivations.formula import Note
from derivations.notation.read.phrases import GLOSSES, REASONS, phrases
from derivations.notation.read.prose import Taken
from derivations.notation.words import FUNCTIONS

NOUNS = phrases(
    "mask, vector, matrix, scalar, number, array, input, inputs, output, outputs, label, labels, target, targets, "
    "prediction, predictions, probability, probabilities, weight, weights, bias, biases, parameter, parameters, "
    "activation, activations, hidden, layer, unit, units, feature, features, data, design, rate, learning, dropout, "
    "keep, keeping, error, errors, residual, residuals, signal, upstream, incoming, downstream, local, step, "
    "temperature, momentum, regularisation, regularization, penalty, coefficient, coefficients, filter, batch, "
    "example, examples, score, scores, logit, logits, state, cell, gate"
)
"""What a name may be called in front of it. Words for what is computed from a name, as its norm or its mean, are not
among them: the mean x may be the mean of x, the one-hot y and the predicted y something else than y."""
_RATES = phrases("gradient, derivative, adjoint")
"""Nouns that only a derivative may have: the gradient L is none that is written here."""
_NAME = r"\\?[^\W\d_][\w]*(?:/\\?[^\W\d_]\w*)?(?:[_^](?:\{[^{}]*\}|\w+))*'?"
_CALLED = re.compile(
    rf"(?<![\w\\])(?P<nouns>(?:the|our|its)\s+(?:(?:{'|'.join(sorted(NOUNS | _RATES))})\s+){{1,3}})"
    rf"(?P<name>{_NAME}|1\s*\[|𝟙|\\mathb?[bf])"
)
_ADVERB = r"(?:element-?\s?wise|entry-?\s?wise|component-?\s?wise|element\s+by\s+element|entry\s+by\s+entry|by\s+entry)"
_ALL = (
    r"(?:with\s+|where\s+)?(?:all\s+(?:of\s+it\s+)?)?(?:(?:operations|products|multiplications|powers|divisions)\s+)?"
    r"(?:(?:are|is|being)\s+)?(?:taken\s+|done\s+|meant\s+)?"
)
_BEHIND = re.compile(
    rf"(?<=[\w)\]}}'])(?P<adverb>\s*,\s+{_ALL}{_ADVERB}|\s+{_ADVERB}|\s*,?\s*\(\s*{_ALL}{_ADVERB}\s*\))"
    r"(?=\s*(?:[.,;)$]|\Z|(?:and\s+)?(?:divided|multiplied)\s+by\b))"
)
_PRODUCT = re.compile(
    r"(?<![\w\\])(?:multiplied\s+(?:by|with)|times)(?!\w)|(?<!\*)\*(?!\*)|·|×|\\cdot(?![A-Za-z])|\\times(?![A-Za-z])"
)
_SPOKEN = re.compile(r"\b(?:multiplied|times)\b")
_ENTRYWISE = re.compile(r"⊙|\\odot(?![A-Za-z])|∘|\\circ(?![A-Za-z])")
_OF_TWO = re.compile(
    rf"(?<![\w\\])(?:the\s+)?(?:{_ADVERB}|[Hh]adamard)\s+product\s+(?:of|between)\s+(?P<one>[^,;=]+?)\s+(?P<and>and|with)\s+"
    r"(?P<other>[^,;=]+?)(?P<end>\s*\Z|\s*[,;.]\s*|\s+(?=(?:divided|multiplied|times|plus|minus)\b))"
)
_TURNED = re.compile(rf"(?<![\w\\])(?:the\s+)?(?P<what>transpose|inverse)\s+of\s+(?P<name>{_NAME})(?![\w(])")
_PAUSED = re.compile(
    r"(?<=[\w)\]}'])(?P<pause>\s*,\s*(?:and\s+)?|\s+and\s+)"
    r"(?=(?:then\s+)?(?:divided|multiplied)\s+(?:elementwise\s+)?(?:by|with)\b)"
)
_FIRST = re.compile(
    r"\b(?:the|an?|our|its|and|product|entry|element|divided|multiplied|transpose|inverse)\b|wise\b", re.IGNORECASE
)


def in_mathematics(text: str, taken: Taken, entrywise: bool = False) -> tuple[str, list[Note]]:
    """The text with its nouns and adverbs taken off, and what was noted; `entrywise` where all is said to be so."""
    if _FIRST.search(text) is None or "\\text" in text or "\n" in text:
        return text, []
    notes: list[Note] = []

    def called(m: re.Match[str]) -> str:
        words = m["nouns"].split()[1:]
        rate = "/" in m["name"] or (m["name"][:1] == "d" and len(m["name"]) > 1 and taken(m["name"]) is True)
        nouns = NOUNS | _RATES if rate else NOUNS
        name = m["name"] if rate else re.split(r"[_^']", m["name"])[0].lstrip("\\")
        known = rate or not name[:1].isalpha() or (taken(name) is True and name not in FUNCTIONS)
        if not known or not nouns.issuperset(words) or any(taken(w) is True and len(w) > 1 for w in words):
            return m[0]
        notes.append(Note("words", f"“{' '.join(m['nouns'].split())}” says what {m['name']} is", m.span()))
        return " " * len(m["nouns"]) + m["name"]

    def of_two(m: re.Match[str]) -> str:
        if _sides_open(m["one"]) or _sides_open(m["other"]):
            return m[0]
        notes.append(Note("words", f"“{' '.join(m[0].split())}” was read with ⊙", m.span()))
        room = m.start("one") - m.start()
        sign = ")⊙(".ljust(len(m["and"]))
        return f"{'(':>{room}}{m['one']} {sign} {m['other']})" + " " * max(0, len(m["end"]) - 1)

    def turned(m: re.Match[str]) -> str:
        name = re.split(r"[_^']", m["name"])[0].lstrip("\\")
        if taken(name) is not True:
            return m[0]
        notes.append(Note("words", f"“{' '.join(m[0].split())}” was read as its sign", m.span()))
        made = f"{m['name']}^T" if m["what"] == "transpose" else f"inv({m['name']})"
        return made.ljust(len(m[0]))

    text = _CALLED.sub(called, text)
    text = _TURNED.sub(turned, text)
    text = _OF_TWO.sub(of_two, text)
    text = _entrywise(_unnamed(text, notes), notes, entrywise)
    return _PAUSED.sub(lambda m: m[0] if _additive(text[: m.start()]) else " " * len(m[0]), text), notes


def _entrywise(text: str, notes: list[Note], all_of_it: bool) -> str:
    """The products in front of an adverb with the sign that it says: of all terms behind a comma or in brackets."""
    for found in reversed([*_BEHIND.finditer(text)]):
        before = text[: found.start()]
        products = _PRODUCT.search(before) or _ENTRYWISE.search(before)
        apart = found["adverb"].lstrip()[0] in ",("
        if "@" in before or not (products or all_of_it) or (_additive(before) and not (apart or all_of_it)):
            continue
        if _additive(before) and _SPOKEN.search(before):
            continue  # y + p times x: which product is it?
        notes.append(Note("words", f"“{found['adverb'].strip(' ,')}”: the products before it are ⊙", found.span()))
        before = _PRODUCT.sub(lambda m: "⊙".ljust(len(m[0])), before)
        text = before + " " * len(found[0]) + text[found.end() :]
    return text


_CALLED_BEHIND = re.compile(r",\s+(?:the|an?)\s+(?P<words>[a-z][a-z\s-]*?)\s*\.?\s*\Z")
_THINGS = (REASONS["things"] | GLOSSES | NOUNS) - frozenset(FUNCTIONS) | {"mean"}


def _unnamed(text: str, notes: list[Note]) -> str:
    """`x̄, the sample mean` without what it is called."""
    found = _CALLED_BEHIND.search(text)
    if found is None or not _THINGS.issuperset(found["words"].split()):
        return text
    notes.append(Note("remark", found[0].strip(" ,."), found.span()))
    return text[: found.start()] + " " * len(found[0])


def _sides_open(text: str) -> bool:
    """Whether a bracket in a text closes elsewhere."""
    return any(text.count(a) != text.count(b) for a, b in ("()", "[]", "{}"))


def _additive(text: str) -> bool:
    """Whether a sum or a comma stands outside brackets."""
    depth = 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and (c in ",;" or (c in "+-−" and text[:k].rstrip()[-1:] not in ("", "^", "_", "=", "*", "/"))):
            return True
    return re.search(r"\b(?:plus|minus)\b", text) is not None

"""A model out of its definition: the default, or with what variants change."""

from __future__ import annotations

import re

from derivations.binding_order import left_side, lines_of
from derivations.domains import parse_names
from derivations.model import AdjointsOf, Definition, Model, UnknownName, build


def from_definition(definition: Definition, chosen: tuple[str, ...], adjoints: AdjointsOf | None = None) -> Model:
    """A definition with variants applied, read."""
    names, bindings = definition.names, lines_of(definition.bindings)
    targets, upstream, docs = definition.targets, definition.upstream, [definition.doc]
    rows = dict(_pairs(names))
    for choice in _with_needs(definition, chosen):
        variant = definition.variants[choice]
        rows |= dict(_pairs(variant.names))
        bindings = _merged(bindings, lines_of(variant.bindings))
        targets = variant.targets or targets
        upstream = variant.upstream or upstream
        docs.append(variant.doc)
    full = definition.name + (":" + ",".join(chosen) if chosen else "")
    return build(
        full,
        parse_names({name: domain for name, domain in rows.items() if domain != "-"}),
        "\n".join(bindings),
        title=definition.title,
        doc=" ".join(d.strip() for d in docs if d),
        source=definition.source,
        targets=tuple(re.findall(r"arg(?:min|max) \S+ over \S+|\S+", targets)),
        upstream=upstream,
        loss=definition.loss,
        kinks=definition.kinks,
        adjoints=adjoints,
        labels=True,
    )


def _with_needs(definition: Definition, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The variants with what they build on, in the order of the definition, so that `mean,batch` is `batch,mean`."""
    wanted: set[str] = set()
    for choice in chosen:
        if choice not in definition.variants:
            raise UnknownName(f"variant of {definition.name}", choice, tuple(definition.variants))
        wanted |= {choice, definition.variants[choice].needs}
    return tuple(v for v in definition.variants if v in wanted)


def _merged(bindings: list[str], changes: list[str]) -> list[str]:
    """A change of the same left side replaces the binding in place (`a = -` removes it); a new one goes in before the
    next that replaces, else last.

    `a ?= …` replaces where there is such a binding and is nothing elsewhere.
    """
    merged, waiting = list(bindings), []
    for change in changes:
        line = change.replace("?=", "=", 1)
        at = next((k for k, old in enumerate(merged) if left_side(old) == left_side(line)), None)
        if at is not None:
            merged[at : at + 1] = [*waiting, line]
            waiting = []
        elif line == change:
            waiting.append(line)
    return [line for line in merged + waiting if line.split("=", 1)[1].strip() != "-"]


def _pairs(text: str) -> list[tuple[str, str]]:
    made = []
    for part in lines_of(text):
        name, _, domain = part.partition(":")
        made.append((name.strip(), domain.strip()))
    return made

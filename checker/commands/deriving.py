"""Derivations for the command line: printed in a style, and what a worker answers to `gradient` and `prove`. Runs where NumPy may be imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def printed(derivation: Any, style: Mapping[str, Any]) -> dict[str, Any]:
    """{"text": …} in LaTeX, Markdown, as a document or plain; {"blocks": […]} for a terminal."""
    how = {"form": style["form"], "steps": style["steps"]}
    match style["style"]:
        case "latex":
            return {"text": derivation.latex(**how)}
        case "markdown":
            return {"text": derivation.markdown(**how)}
        case "document":
            return {"text": derivation.document(**how)}
        case "plain":
            return {"text": derivation.show(**how, dressing="ascii")}
    blocks = []
    for lemma in derivation.lemmas if style["steps"] != "brief" else derivation.lemmas[-1:]:
        (head, _), *rows = derivation.lines(lemma, style["dressing"], style["form"], style["steps"])
        blocks.append({"head": head, "lines": [list(row) for row in rows], "condition": lemma.condition})
    return {"blocks": blocks}

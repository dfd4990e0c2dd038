r"""The map of proofreading: a document in, every link that can be checked judged under what the document declares.

    sentence by sentence   its declarations, then its definitions, then its claims
    a definition           binds its name: what is said of it later is checked against it
    a claim                each member against the one before it, derivatives carried out, shapes throughout
    contradictions         lines that agree with each other against a definition: it is marked in their place

What the document does not declare is unchecked, and the line says what to declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.documents.context import Context, declared_outright
from checker.documents.contradictions import contradicts, weighed
from checker.documents.declaring import stated
from checker.documents.exercises import exercises
from checker.documents.in_formulas import in_formulas
from checker.documents.known import Key, Known
from checker.documents.marks import Line, Marked
from checker.documents.proofreader import Proofreader
from checker.documents.scan import DocumentError, is_tex, scan
from checker.documents.sentences import sentences
from checker.documents.sheets import SheetError, sheet_of
from derivations.domains import Declared, Names, NamesError, parse_names
from derivations.frozen import frozen


@frozen
class Proofread:
    """A document with its marks, and what it declares."""

    marked: Marked
    known: tuple[Known, ...]

    def unchecked(self) -> tuple[Line, ...]:
        """The claims that were not checked."""
        return tuple(line for line in self.marked.lines if line.status in ("undecided", "unreadable"))


def proofread_text(text: str, names: Names | None = None, name: str = "") -> Proofread:
    """A document judged under its own declarations, and under `names`. Raises `NamesError` for declarations made
    outright that cannot be used, `DocumentError`."""
    pieces = scan(text, is_tex(text, name))
    outright = declared_outright(said for said, _, _ in stated(text))
    outright = outright.with_rows(*names.values()) if names is not None else outright
    parts = tuple(exercises(tuple(sentences(in_formulas(pieces, text, whole=False), text))))

    def read(mended: Mapping[Key, Declared]) -> Proofreader:
        reader = Proofreader(text, Context(outright, parts[0].evidence, mended))
        for exercise in parts:
            if not exercise.first:
                reader.context.exercise(exercise.evidence)
            for sentence in exercise.sentences:
                reader.sentence(sentence)
        return reader

    first = read({})
    lines = sorted(weighed(first, read), key=lambda line: line.place.start)
    return Proofread(Marked(name, text, pieces, tuple(lines)), tuple(first.context.known))


def proofread_view(request: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a document that was proofread; `refused` says why a request cannot be carried out."""
    from checker.documents.reports import ReportError, report
    from checker.documents.sources import SourceError, read_source, source_of

    try:
        if request["path"] is not None:
            source = read_source(request["path"])
        else:
            source = source_of(request["text"].encode(), request["name"])
        found = _proofread(source.text, request, "x.tex" if source.kind == "latex" else source.name)
    except (SourceError, DocumentError, NamesError, SheetError) as error:
        return {"refused": str(error.args[0] if isinstance(error, SheetError) else error)}
    except OSError as error:
        return {"refused": f"{request['name']}: {error.strerror or error}"}
    mark = replace(found.marked, name=request["name"])
    counts = mark.counted()
    open_ = counts["undecided"] + counts["unreadable"]
    checked = counts["correct"] + counts["wrong"] + counts["carried"]
    false = counts["wrong"] + counts["carried"] or any(contradicts(line) for line in mark.lines)
    status = "wrong" if false else "unchecked" if open_ else "clean"
    view = {
        **mark.to_json(),
        "status": status,
        "claims": checked + open_,
        "checked": checked,
        "declarations": [known.to_json() for known in found.known],
        "notes": list(source.notes),
        "fault": None,
    }
    if request["report"]:
        try:
            view["report"] = report(mark, request["report"], notes=source.notes)
        except ReportError as error:
            return {"refused": str(error)}
    return view


def _proofread(text: str, request: Mapping[str, Any], name: str) -> Proofread:
    if not request["sheet"]:
        return proofread_text(text, parse_names(request["names"] or ""), name)
    from checker.documents.grading import grade_text
    from problems.bank import load_bank

    marked_ = grade_text(text, sheet_of(request["sheet"], load_bank(request["bank"])), name)
    return Proofread(replace(marked_, parts=()), ())

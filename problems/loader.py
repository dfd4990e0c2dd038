"""From a problem file to frozen values, or to the list of all its faults at once: `what @ file: path`, with the nearest
valid name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from derivations.sendable import Sendable
from problems.conventions import CONVENTIONS
from problems.kinds import KINDS
from problems.schema import (
    DEMONSTRATION,
    MISTAKE,
    PART,
    PROBLEM,
    SHARED,
    WRITTEN,
    Demonstration,
    Expect,
    Key,
    Mistake,
    Part,
    Payload,
    Problem,
    Written,
)
from problems.tables import Fault, Reader, nearest, tables_in, tables_of
from problems.varying import filled, template

_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)+")


class ProblemFileError(Sendable, ValueError):
    """The author's file cannot be used; `faults` has every reason, not only the first."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def load(path: Path) -> Problem:
    """The problem in a file. Raises `ProblemFileError` with all faults."""
    problem, faults = read_file(path)
    if problem is None:
        raise ProblemFileError(f for f in faults if not f.warning)
    return problem


def read_file(path: Path) -> tuple[Problem | None, tuple[Fault, ...]]:
    """The problem, None when the file cannot be used, and all its faults."""
    data, faults = tables_of(path)
    return (None, faults) if data is None else _read(data, str(path))


def read_text(text: str, file: str) -> tuple[Problem | None, tuple[Fault, ...]]:
    """As `read_file`, from the text of the file."""
    data, faults = tables_in(text, file)
    return (None, faults) if data is None else _read(data, file)


def _read(data: Mapping[str, Any], file: str) -> tuple[Problem | None, tuple[Fault, ...]]:
    KINDS.needed()
    reader = _Reader(file)
    problem = reader.problem(data)
    return (problem if reader.usable else None), tuple(reader.faults)


def frozen(value: Any) -> Any:
    """Lists as tuples, tables read-only, all the way down."""
    if isinstance(value, list):
        return tuple(frozen(v) for v in value)
    if isinstance(value, dict):
        return MappingProxyType({k: frozen(v) for k, v in value.items()})
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


SHARED_SUFFIX = ".let"
_SHARED_NAME = re.compile(rf"\w[\w.-]*{re.escape(SHARED_SUFFIX)}")
_NAME = re.compile(r"[A-Za-z]\w*")
_SPELLED = re.compile(r"\s*(?P<left>(?=\S)(?:[^=()]|\((?:[^()]|\([^()]*\))*\))*?)\s*=\s*(?P<right>\S.*?)\s*", re.DOTALL)
"""`Pr(y = 1) = p`: the first sign of equality that stands in no brackets."""
_LEFT_NAME = re.compile(r"\s*([^\W\d_]\w*?'*)(?:_\{?[a-z]+\}?)?\s*:?=")
_UNIT = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+){0,3}")


def _any_kind() -> tuple[Key, ...]:
    """What stands in for a kind's own keys while the kind itself is at fault."""
    return tuple({k.name: replace(k, required=False) for kind in KINDS.values() for k in kind.keys}.values())


class _Reader(Reader):
    """Reads a problem."""

    def unknown(self, name: str, rows: Mapping[str, Key], kind: str) -> str:
        owners = [k.name for k in KINDS.values() if any(key.name == name for key in k.keys)]
        if kind and owners:
            return f"{name} belongs to parts of kind {', '.join(owners)}, not to {kind}"
        return super().unknown(name, rows, kind)

    def conventions(self, data: Mapping[str, Any], path: str) -> dict[str, Any]:
        good: dict[str, Any] = {}
        for name, value in data.items():
            row = CONVENTIONS.get(name)
            if row is None:
                self.fault(f"unknown convention {name}{nearest(name, CONVENTIONS)}", f"{path}.{name}")
            elif row.values and str(value) not in row.values:
                self.fault(f"{value!r} is no value of {name}{nearest(str(value), row.values)}", f"{path}.{name}")
            else:
                good[name] = str(value)
        return good

    def units(self, data: Mapping[str, Any], path: str) -> tuple[str, ...]:
        """The declared units: words of letters, nothing that could be read as a number or a sign."""
        said = _texts(data.get("units"))
        for unit in said:
            if not _UNIT.fullmatch(unit):
                self.fault(
                    f"{unit!r} is no unit; a unit is words of letters, such as nats or training examples",
                    f"{path}units",
                )
        return tuple(u for u in said if _UNIT.fullmatch(u))

    def called(self, top: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The letters of the sheet: `e = r`, where r is a node of `let`."""
        nodes = {found[1] for line in _texts(top.get("let")) if (found := _LEFT_NAME.match(line))}
        out: list[tuple[str, str]] = []
        for text in _texts(top.get("called")):
            letter, _, node = (piece.strip() for piece in text.partition("="))
            if not _NAME.fullmatch(letter) or node not in nodes:
                self.fault(f"{text!r}: write `letter = node`, with a node of `let`", "called")
            else:
                out.append((letter, node))
        return tuple(out)

    def written(self, top: Mapping[str, Any]) -> tuple[Written, ...]:
        """How hand-ins write it: `net_{h_1} = z1`, and further letters with their bindings."""
        out: list[Written] = []
        for number, raw in enumerate(top.get("written", []), 1):
            data = self.table(raw, WRITTEN, f"written[{number}]")
            spelled: list[tuple[str, str]] = []
            for text in _texts(data.get("spelled")):
                if (sides := _SPELLED.fullmatch(text)) is None:
                    self.fault(f"{text!r}: write `left side = what it stands for`", f"written[{number}].spelled")
                else:
                    spelled.append((sides["left"], sides["right"]))
            densities = _texts(data.get("densities"))
            names, let = frozen(data.get("names", {})), _texts(data.get("let"))
            out.append(Written(names, let, tuple(spelled), densities, _texts(data.get("parts"))))
        return tuple(out)

    def used(self, top: dict[str, Any]) -> dict[str, Any]:
        """The keys of a problem with those of the files that it uses: its tables over theirs, its lists behind them."""
        out = dict(top)
        for name in reversed(_texts(top.get("use"))):
            found = self.shared(name)
            for key in SHARED:
                if key.name not in found:
                    continue
                if key.type == "texts":
                    out[key.name] = [*_texts(found[key.name]), *_texts(out.get(key.name))]
                else:
                    out[key.name] = {**found[key.name], **out.get(key.name, {})}
        return out

    def shared(self, name: str) -> dict[str, Any]:
        """The keys of a file that problems share: it stands beside this one, or in the folder above. A name leads to no
        other folder."""
        if not _SHARED_NAME.fullmatch(name):
            self.fault(f"{name!r} is no file to use: its name alone, such as network{SHARED_SUFFIX}", "use")
            return {}
        here = Path(self.file).resolve().parent
        path = next((one / name for one in (here, here.parent) if (one / name).is_file()), None)
        if path is None:
            self.fault(f"no file {name} beside this one, nor in the folder above", "use")
            return {}
        data, faults = tables_of(path)
        self.faults.extend(faults)
        return {} if data is None else self.table(data, SHARED, f"use[{name}]")

    def problem(self, data: Mapping[str, Any]) -> Problem:
        top = self.used(self.table(data, PROBLEM, ""))
        identity = top.get("id", "")
        if "id" in top and not _ID.fullmatch(identity):
            self.fault(f"{identity!r} is no id; write sheet/problem, such as 001/3", "id")
        derived = [
            p
            for p in top.get("part", [])
            if isinstance(p.get("kind"), str) and p["kind"] in KINDS and KINDS[p["kind"]].derived
        ]
        if "model" not in top and "names" not in top and any("model" not in p and "declare" not in p for p in derived):
            self.fault("a derived part needs a model: `model`, or `names` with `let`", "-", warning=True)
        conventions = self.conventions(top.get("conventions", {}), "conventions")
        shared = Problem(
            id=identity,
            title=top.get("title", ""),
            parts=(),
            source=top.get("source", ""),
            about=filled(top.get("about", ""), top.get("given", {})),
            template=template(top.get("about", "")),
            model=top.get("model"),
            let=_texts(top.get("let")),
            facts=_texts(top.get("facts")),
            letters=_texts(top.get("letters")),
            called=self.called(top),
            written=self.written(top),
            upstream=top.get("upstream"),
            names=frozen(top.get("names", {})),
            given=frozen(top.get("given", {})),
            conventions=frozen(conventions),
            units=self.units(top, ""),
            path=self.file,
        )
        if "part" in top and not top["part"]:
            self.fault("a problem needs at least one part", "part")
        parts: list[Part] = []
        for number, raw in enumerate(top.get("part", []), 1):
            part = self.part(raw, shared, number, tuple(text for other in parts for text in other.introduces))
            if part.id and any(part.id == other.id for other in parts):
                self.fault(f"two parts have the id {part.id}", f"part[{part.id}]")
            parts.append(part)
        whole = replace(shared, parts=tuple(parts))
        wanted = _texts(top.get("reletter"))
        if not wanted:
            return whole
        from problems.relettering import versions

        made = versions(whole, wanted, lambda what: self.fault(what, "reletter"))
        return replace(whole, parts=tuple(replace(part, reletter=made) for part in parts))

    def part(self, raw: Mapping[str, Any], shared: Problem, number: int, earlier: tuple[str, ...] = ()) -> Part:
        identity = raw["id"] if isinstance(raw.get("id"), str) else ""
        path = f"part[{identity or number}]"
        kind = KINDS.get(raw["kind"]) if isinstance(raw.get("kind"), str) else None
        own = kind.keys if kind else _any_kind()
        data = self.table(raw, (*PART, *own), path, kind.name if kind else "")
        if raw.get("id") == "":
            self.fault("an empty id; it begins with the problem's id", f"{path}.id")
        if identity and shared.id and identity != shared.id and not identity.startswith(shared.id):
            self.fault(f"the id {identity!r} must begin with the problem's id {shared.id!r}", f"{path}.id")
        for group in kind.needs if kind else ():
            if kind and not any(name in data for name in group):
                self.fault(f"a {kind.name} needs one of {', '.join(group)}", path)
        if kind and kind.of_target and "derives" not in raw:
            self.fault(f"derives is missing: a {kind.name} is derived, so say from what", path)
        vocabulary = data.get("names")
        declared = {**shared.names, **data.get("declare", {})}
        if isinstance(vocabulary, dict):
            declared |= vocabulary
        held = {k.name: self.value(k, data[k.name], f"{path}.{k.name}") for k in own if k.name in data}
        if any(k.name == "given" for k in own):
            held["given"] = frozen({**shared.given, **held.get("given", {})})
        mistakes = [self.table(m, MISTAKE, f"{path}.mistake[{n}]") for n, m in enumerate(data.get("mistake", []), 1)]
        for n, mistake in enumerate(mistakes, 1):
            self.share(mistake, "score", f"{path}.mistake[{n}]")
        expect = data.get("expect")
        return Part(
            id=identity,
            kind=kind.name if kind else "",
            ask=filled(data.get("ask", ""), held.get("given", {})),
            template=template(data.get("ask", "")),
            problem=shared.id,
            derives=data.get("derives"),
            model=data.get("model", shared.model),
            let=shared.let + _texts(data.get("let")),
            facts=shared.facts + _texts(data.get("facts")),
            upstream=shared.upstream,
            declared=frozen(declared),
            vocabulary=None if vocabulary is None else tuple(vocabulary),
            also=_texts(data.get("also")),
            letters=shared.letters,
            called=shared.called,
            written=tuple(one for one in shared.written if not one.parts or identity in one.parts),
            earlier=earlier,
            introduces=_texts(data.get("letters")),
            conventions=frozen(
                {**shared.conventions, **self.conventions(data.get("conventions", {}), f"{path}.conventions")}
            ),
            units=tuple(dict.fromkeys((*shared.units, *self.units(data, f"{path}.")))),
            hides=_texts(data.get("hides")),
            points=data.get("points", 1),
            hints=_texts(data.get("hints")),
            costs=frozen(data.get("costs", {})),
            vary=frozen(data.get("vary", {})),
            expect=()
            if expect is None
            else tuple(
                Expect(frozen(e))
                for e in (expect if isinstance(expect, list) and not (kind and kind.is_one(expect)) else [expect])
            ),
            accepts=frozen(data.get("accepts", [])),
            rejects=frozen(data.get("rejects", [])),
            mistakes=tuple(
                Mistake(frozen(m["answer"]), m["tag"], m["message"], m.get("score"))
                for m in mistakes
                if all(row.name in m for row in MISTAKE if row.required)
            ),
            demonstrations=self.demonstrations(data.get("demonstration", []), f"{path}.demonstration", DEMONSTRATION),
            figure=data.get("figure"),
            source_answer=data.get("source_answer"),
            payload=kind.payload(held, lambda what, key: self.fault(what, f"{path}.{key}")) if kind else Payload(),
        )

    def value(self, key: Key, given: Any, path: str) -> Any:
        """What a payload holds for a key: frozen, texts always several, demonstrations read."""
        if key.type == "tables":
            return self.demonstrations(given, path, key.keys)
        return _texts(given) if key.type == "texts" else frozen(given)

    def demonstrations(self, raw: list[Mapping[str, Any]], path: str, rows: Iterable[Key]) -> tuple[Demonstration, ...]:
        out: list[Demonstration] = []
        for number, entry in enumerate(raw, 1):
            here = f"{path}[{number}]"
            data = self.table(entry, rows, here)
            form = data.get("form", "")
            needs = {"derivation": ("model", "target"), "experiment": ("experiment",)}.get(form, ("statement",))
            for name in needs:
                if form and name not in data:
                    self.fault(f"{name} is missing: a demonstration by {form} needs it", here)
            out.append(
                Demonstration(
                    form=form,
                    statement=data.get("statement"),
                    model=data.get("model"),
                    target=data.get("target"),
                    names=frozen(data.get("names", {})),
                    where=frozen(data.get("where", {})),
                    experiment=data.get("experiment"),
                    seed=data.get("seed", 0),
                    parameters=frozen(data.get("with", {})),
                    says=data.get("says", ""),
                )
            )
        return tuple(out)

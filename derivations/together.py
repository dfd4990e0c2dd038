"""Several results as one function that computes what they share once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from derivations.derivation import Derivation
from derivations.formula import Elem, Formula, Node, Num, Pow, names_in, walk
from derivations.frozen import frozen
from derivations.notation.write import write

if TYPE_CHECKING:
    from derivations.emit.dressing import Backend, DressingName


@frozen
class Together:
    """Derivations of one model, in order, and the function that returns all their results."""

    derivations: tuple[Derivation, ...]

    def __repr__(self) -> str:
        return f"<Together {', '.join(d.target for d in self.derivations)} of {self.derivations[0].model}>"

    def _repr_markdown_(self) -> str:
        return "\n".join(d.markdown() for d in self.derivations)

    def __iter__(self) -> Iterator[Derivation]:
        return iter(self.derivations)

    def __len__(self) -> int:
        return len(self.derivations)

    def __getitem__(self, at: int | str) -> Derivation:
        """A derivation by its place or by its target: `both["df/dw"]`."""
        if isinstance(at, int):
            return self.derivations[at]
        known = {d.target: d for d in self.derivations}
        if at not in known:
            raise KeyError(f"no result {at!r}; there are {', '.join(known)}")
        return known[at]

    def source(
        self,
        backend: Backend = "numpy",
        *,
        fast: bool = False,
        name: str = "gradient",
        dressing: DressingName = "bare",
        with_test: bool = False,
    ) -> str:
        """The source of a module with one function of all results, as `Derivation.source` has it for one."""
        from derivations import emit  # who asks for no code waits for no emitter

        targets = {d.target: d for d in self.derivations}
        for target, d in targets.items():
            if d.implicit:
                raise emit.CannotEmit(f"{target} is an equation, no function: np.linalg.eigh has its solutions")
        forms = shared_forms(targets) if len(targets) > 1 else {t: _by_recursion(d) for t, d in targets.items()}
        doc = summary(self.derivations[0], ", ".join(targets))
        source = emit.emit(forms, name, doc, fast=fast, backend=backend, dressing=dressing)
        return emit.with_test(source, forms, [*targets.values()], backend, dressing) if with_test else source

    def numpy(self, *, fast: bool = False, numba: bool = False, name: str = "gradient") -> Callable[..., Any]:
        """The function: it checks and converts its arguments, and returns one array a result."""
        from derivations import emit  # late, as above

        source = self.source("numba" if numba else "numpy", fast=fast, name=name, dressing="guarded")
        return emit.build(source, name)


def summary(derivation: Derivation, targets: str) -> str:
    """The first line of a function's docstring: its targets, and the model, or the formula that was typed."""
    typed = next((r for r in derivation.names.values() if not r.known and r.definition is not None), None)
    if derivation.model != "formula":
        return f"{targets} of the model {derivation.model}."
    if typed is None or typed.definition is None:
        return f"{targets}."
    return f"{targets} of {typed.name} = {write(typed.definition, 'ascii', 'auto')}."


def shared_forms(derived: Mapping[str, Derivation]) -> dict[str, Formula]:
    """The formula of each target in the form in which they share most."""
    forms = {target: _by_definition(d) for target, d in derived.items()}
    if len(derived) < 2:
        return forms
    adjoint = {target: _before_insertion(d) for target, d in derived.items()}
    uses = Counter(name for f in adjoint.values() if f is not None for name in set(names_in(f.body)) if "/" in name)
    for target, f in adjoint.items():
        if f is not None and any(uses[name] > 1 for name in names_in(f.body)):
            forms[target] = f
    return forms


def _by_definition(d: Derivation) -> Formula:
    """A node's value as the model defines it, which the emitter computes from the nodes below; other results as they
    are."""
    first = d.lemmas[-1].steps[0]
    if (
        len(d.lemmas) == 1
        and first.rule == "definition"
        and isinstance(first.before.body, Elem)
        and not _adjoints(first.after)
    ):
        return first.after
    return _by_recursion(d)


def _by_recursion(d: Derivation) -> Formula:
    """A result as code computes it: one that is a step by entries of its own as the array of them all."""
    name, row = d.lemmas[-1].target, d.names.get(d.lemmas[-1].target)
    if row is None or row.recursion is None:
        return d.result
    return replace(d.result, body=Elem(name, d.result.axes), names=d.names)


def _before_insertion(d: Derivation) -> Formula | None:
    """dL/dW = Σ_r dL/dz_r x_r rather than with dL/dz written out; None where writing it out was simplified, or keeping
    it is not stable."""
    last = d.lemmas[-1].steps[-1]
    if not last.rule.startswith("insert `"):
        return None
    used = _adjoints(last.before)
    return last.before if used and shareable(used, d) else None


def _adjoints(f: Formula) -> set[str]:
    return {
        name for name in names_in(f.body) if "/" in name and f.names is not None and f.names[name].role == "adjoint"
    }


def shareable(names: set[str], d: Derivation) -> bool:
    """Whether adjoints may be computed as they stand: none, nor one below it, divides by anything but sizes. dL/dŷ =
    -y/ŷ does, and what it divides by cancels only where it is written out."""
    below, done = set(names), set()
    while below - done:
        name = (below - done).pop()
        done.add(name)
        equation = d.names[name].equation
        if equation is None:
            continue
        if any(_divides(n) for n in walk(equation.body)):
            return False
        below |= {n for n in names_in(equation.body) if "/" in n}
    return True


def _divides(node: Node) -> bool:
    return (
        isinstance(node, Pow)
        and not (isinstance(node.exponent, Num) and node.exponent.value >= 0)
        and any(isinstance(n, Elem) for n in walk(node))
    )

"""Slips with brackets: a row each, whose docstring is its formula."""

from __future__ import annotations

from collections.abc import Iterator

from checker.diagnosis.mutations.words import Change, Scene, of
from checker.diagnosis.sites import Site
from derivations.formula import Add, Bound, Call, Mul, Node, Num, Pow, add, call, free_indices, mul, power


def brackets(site: Site, scene: Scene) -> Iterator[Change]:
    """a·(b + c) → a·b + c;  Σ_i a_i·(b_i + c) → Σ_i a_i·b_i + c"""
    match site.node:
        case Bound("sum", indices, Mul(factors)):
            for k, factor in enumerate(factors):
                terms = factor.args if isinstance(factor, Add) else ()
                for term in terms:
                    if not free_indices(term) & set(indices):
                        inside = mul(*factors[:k], add(*(t for t in terms if t is not term)), *factors[k + 1 :])
                        yield Change(
                            site.put(add(Bound("sum", indices, inside), term)),
                            "brackets",
                            f"brackets are missing: a sum reaches only one term{of(site)}",
                        )
    if isinstance(site.node, Mul):
        for k, factor in enumerate(site.node.args):
            if isinstance(factor, Add):
                rest = (*site.node.args[:k], *site.node.args[k + 1 :])
                for j, term in enumerate(factor.args):
                    outside = add(*factor.args[:j], *factor.args[j + 1 :])
                    yield Change(
                        site.put(add(mul(*rest, term), outside)),
                        "brackets",
                        f"brackets are missing: a factor reaches only one term of a sum{of(site)}",
                    )
                    if len(factor.args) > 2:
                        yield Change(
                            site.put(add(mul(*rest, outside), term)),
                            "brackets",
                            f"brackets are missing: a factor does not reach every term of a sum{of(site)}",
                        )


def brackets_around(site: Site, scene: Scene) -> Iterator[Change]:
    """a/(b + c) → a/b + c;  f(b + c) → f(b) + c;  (b + c)^k → b + c^k"""
    rest: tuple[Node, ...] = ()
    held = site.node
    if isinstance(site.node, Mul):
        found = [k for k, a in enumerate(site.node.args) if isinstance(a, Pow) and isinstance(a.base, Add)]
        if len(found) != 1:
            return
        held = site.node.args[found[0]]
        rest = (*site.node.args[: found[0]], *site.node.args[found[0] + 1 :])
    match held:
        case Pow(Add(terms), Num() as exponent):
            whole = [(term, mul(*rest, power(term, exponent))) for term in terms]
            words = "what divides reaches" if exponent.value < 0 else "the power reaches"
        case Call(fn, (Add(terms),)):
            whole, words = [(term, call(fn, term)) for term in terms], f"{fn} reaches"
        case _:
            return
    for k, (_, made) in enumerate(whole):
        yield Change(
            site.put(add(made, *terms[:k], *terms[k + 1 :])),
            "brackets",
            f"brackets are missing: {words} only one term of a sum{of(site)}",
        )

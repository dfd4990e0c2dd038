"""Slips with sums, products and their sizes: a row each, whose docstring is its formula."""

from __future__ import annotations

from collections.abc import Iterator

from checker.diagnosis.mutations.words import Change, Scene, of
from checker.diagnosis.sites import Site
from derivations.formula import (
    ONE,
    Add,
    Bound,
    Call,
    Index,
    Mul,
    Node,
    Pow,
    SizeVal,
    add,
    call,
    div,
    free_indices,
    mul,
    power,
    reindex,
    sub,
    total,
)


def lost_sum(site: Site, scene: Scene) -> Iterator[Change]:
    """Σ_i a_i → a_i (i an index of the answer), a_1;  Σ_i a_i + Σ_i b_i → a_i + b_i"""
    if isinstance(site.node, Add):
        yield from _lost_in_every_term(site, scene)
    match site.node:
        case Bound("sum", indices, body):
            for i in indices:
                rest = tuple(j for j in indices if j is not i)
                for k in scene.indices:
                    if k.size == i.size:
                        yield Change(
                            site.put(total(rest, reindex(body, {i: k}))),
                            "missing-sum",
                            f"the sum over {_running(i)} is missing{of(site)}",
                        )
                if i not in free_indices(body):
                    yield Change(
                        site.put(total(rest, body)), "missing-sum", f"the sum over {_running(i)} is missing{of(site)}"
                    )
        case Bound("prod", indices, body):
            for i in indices:
                rest = tuple(j for j in indices if j is not i)
                for k in scene.indices:
                    if k.size == i.size:
                        changed = reindex(body, {i: k})
                        yield Change(
                            site.put(Bound("prod", rest, changed) if rest else changed),
                            "missing-product",
                            f"the product over {_running(i)} is missing{of(site)}",
                        )


def other_sum(site: Site, scene: Scene) -> Iterator[Change]:
    """Σ_k a_ik → Σ_i a_ij: a sum over what is given"""
    slots = scene.truth.free + scene.truth.axes
    match site.node:
        case Bound("sum", (k,), body):
            for i in free_indices(body) & set(slots):
                for j in slots:
                    if j is not i and j.size == k.size and j not in free_indices(body):
                        turned = i.fresh()
                        yield Change(
                            site.put(total((turned,), reindex(body, {k: j, i: turned}))),
                            "wrong-sum",
                            f"the sum runs over another index than the one it should{of(site)}",
                            f"it runs over {_running(k)}",
                        )


def _lost_in_every_term(site: Site, scene: Scene) -> Iterator[Change]:
    """Σ_i a_i + c Σ_i b_i → a_i + c b_i: one sum that was spread over its terms"""
    for k in scene.indices:
        terms = [_without_sum(term, k) for term in site.node.args] if isinstance(site.node, Add) else []
        kept = [term for term in terms if term is not None]
        if kept and len(kept) == len(terms):
            yield Change(site.put(add(*kept)), "missing-sum", f"the sum over {_running(k)} is missing{of(site)}")


def _without_sum(term: Node, k: Index) -> Node | None:
    """c Σ_i a_i → c a_k; None where there is no sum of that range."""
    factors = term.args if isinstance(term, Mul) else (term,)
    for at, factor in enumerate(factors):
        match factor:
            case Bound("sum", indices, body):
                i = next((i for i in indices if i.size == k.size), None)
                if i is not None:
                    rest = total(tuple(j for j in indices if j is not i), reindex(body, {i: k}))
                    return mul(*factors[:at], rest, *factors[at + 1 :])
    return None


def _running(i: Index) -> str:
    return f"all {i.size}"


def sum_of_products(site: Site, scene: Scene) -> Iterator[Change]:
    """Σ a·b → Σ a · Σ b;  Σ a² → (Σ a)²;  (Σ a)² → Σ a²;  Σ (a + c) → Σ a + c"""
    match site.node:
        case Bound("sum", indices, body):
            yield from _inside_a_sum(site, indices, body)
    match site.node:
        case Pow(Bound("sum", indices, a), b) if not free_indices(b) & set(indices):
            yield Change(
                site.put(total(indices, power(a, b))), "power-of-sum", f"the power belongs outside the sum{of(site)}"
            )
        case Call(fn, (Bound("sum", indices, a),)) if fn in ("log", "exp", "abs", "sigmoid", "relu"):
            yield Change(
                site.put(total(indices, call(fn, a))),
                "function-of-sum",
                f"{fn} of a sum is not the sum of {fn}{of(site, fn)}",
            )


def _inside_a_sum(site: Site, indices: tuple[Index, ...], body: Node) -> Iterator[Change]:
    """Slips on Σ c·body, with c free of the indices."""
    mine = set(indices)
    args = body.args if isinstance(body, Mul) else (body,)
    inside = [a for a in args if free_indices(a) & mine]
    outside = [a for a in args if not free_indices(a) & mine]
    if len(inside) >= 2:
        for k, a in enumerate(inside):
            again = {i: i.fresh() for i in indices}
            rest = reindex(mul(*inside[:k], *inside[k + 1 :]), dict(again))
            split = mul(*outside, total(indices, a), total(tuple(again.values()), rest))
            yield Change(
                site.put(split), "sum-of-products", f"a sum of products is not the product of the sums{of(site)}"
            )
    if len(inside) == 1:
        match inside[0]:
            case Pow(a, b) if not free_indices(b) & mine:
                yield Change(
                    site.put(mul(*outside, power(total(indices, a), b))),
                    "power-of-sum",
                    f"the power belongs inside the sum{of(site)}",
                )
            case Call(fn, (a,)) if fn in ("log", "exp", "abs", "sigmoid", "relu"):
                yield Change(
                    site.put(mul(*outside, call(fn, total(indices, a)))),
                    "function-of-sum",
                    f"the sum of {fn} is not {fn} of the sum{of(site, fn)}",
                )
    if isinstance(body, Add):
        for k, a in enumerate(body.args):
            rest = add(*body.args[:k], *body.args[k + 1 :])
            if not free_indices(a) & mine:
                yield Change(
                    site.put(add(total(indices, rest), a)),
                    "sum-of-constant",
                    f"a constant is summed too: it counts once for every term{of(site)}",
                )


def sum_for_product(site: Site, scene: Scene) -> Iterator[Change]:
    """Π a → Σ a;  Σ a → Π a;  max a → Σ a"""
    match site.node:
        case Bound("prod", indices, body):
            yield Change(
                site.put(total(indices, body)), "sum-for-product", f"a sum stands where a product is needed{of(site)}"
            )
        case Bound("max" | "min" | "logsumexp" as op, indices, body):
            yield Change(
                site.put(total(indices, body)),
                "wrong-function",
                f"a sum stands where something else is needed{of(site)}",
                f"it should be {op}",
            )


def sizes(site: Site, scene: Scene) -> Iterator[Change]:
    """n → n - 1, n + 1, another size;  a → a/n for the whole"""
    match site.node:
        case SizeVal(size):
            yield Change(site.put(sub(site.node, ONE)), "n-1", f"{size} is needed, not {size} - 1{of(site, size)}")
            yield Change(site.put(add(site.node, ONE)), "n+1", f"{size} is needed, not {size} + 1{of(site, size)}")
            for other in scene.names.sizes:
                if other != size:
                    yield Change(
                        site.put(SizeVal(other)),
                        "wrong-size",
                        f"the wrong size is counted{of(site, size)}",
                        f"it is {size}",
                    )
    if site.depth == 0:
        for size in scene.names.sizes:
            yield Change(
                site.put(div(site.node, SizeVal(size))),
                "extra-mean",
                f"there is a factor 1/{size} too many",
                effect=True,
            )
            yield Change(
                site.put(mul(SizeVal(size), site.node)),
                f"factor:{size}",
                f"it is a factor {size} too large",
                effect=True,
            )

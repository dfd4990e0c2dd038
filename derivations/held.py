"""What `stop_gradient` holds fixed, once all is differentiated."""

from __future__ import annotations

from dataclasses import replace

from derivations.atoms.learning import HELD
from derivations.chain import Chain
from derivations.derivation import Lemma
from derivations.domains import Names
from derivations.folding.fold import fold, rules
from derivations.formula import Call, map_up, walk
from derivations.simplify.shapes import neat


def let_go(lemma: Lemma, top: str, names: Names) -> Lemma:
    """The lemma with the values in place of what was held fixed: `stop_gradient(a)` is a."""
    result = lemma.result
    if not any(isinstance(n, Call) and n.fn == HELD for n in walk(result.body)):
        return lemma
    chain = Chain(names, result.axes, result.body)
    chain.steps.extend(lemma.steps)
    plain = map_up(result.body, lambda n: n.args[0] if isinstance(n, Call) and n.fn == HELD else None)
    chain.to("what was held fixed is its value", neat(plain, names))
    chain.fold(fold(chain.node, rules(names, top), names))
    return replace(lemma, steps=tuple(chain.steps))

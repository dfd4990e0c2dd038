"""What one row of the table says of a family of laws.

All but the moments of laws whose entries hang together are of one entry: entries of arrays are independent.
"""

from __future__ import annotations

from collections.abc import Callable

from derivations.formula import Node
from derivations.frozen import frozen

Rule = Callable[..., Node]
"""From the parameters of the law to a tree."""


@frozen
class Law:
    """One family. A name, its parameters, its mean and its cumulants are enough for the moments of every polynomial.

    parameters   what stands in its brackets, in words, in order
    domain       where its values lie, as a domain
    mean         E[x]
    cumulants    the cumulants of order 2, 3, …, of the centred variable: κ(order, …); None beyond what is known
    log_density  log p(x; …), x first
    raw          E[x^k], from k and the parameters, where that is simpler than what cumulants give
    logs         E[log x]
    logs_left    E[log(1 - x)]
    values       every value with its probability, where they are few
    entropy      where it is not the mean of -log p by the moments above
    divergence   KL of two of the family, from the parameters of both, where that is shorter than by the moments above
    grows        (log E[e^{t x}], the parameters of the law tilted by e^{t x}), from t and the parameters
    told         which of several conventions holds, said wherever the law is read
    vector       whether a value is a vector whose entries hang together: one parameter, over the same axis
    """

    name: str
    parameters: tuple[str, ...]
    domain: str
    spellings: tuple[str, ...] = ()
    mean: Rule | None = None
    cumulants: Callable[..., Node | None] | None = None
    log_density: Rule | None = None
    raw: Rule | None = None
    logs: Rule | None = None
    logs_left: Rule | None = None
    values: Callable[..., tuple[tuple[Node, Node], ...]] | None = None
    entropy: Rule | None = None
    divergence: Rule | None = None
    grows: Callable[..., tuple[Node, tuple[Node, ...]]] | None = None
    told: str = ""
    vector: bool = False

    def show(self) -> str:
        """`normal(mean, variance)`"""
        return f"{self.spellings[0] if self.spellings else self.name}({', '.join(self.parameters)})"

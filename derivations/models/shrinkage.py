"""Bias and variance of a mean that is shrunken by a factor c.

    x_i ~ N(μ, s²)    M = E[(c x̄ - μ)²] = (c-1)²μ² + c²s²/n    least at c = μ²/(μ² + s²/n)

Source: L. Wasserman, All of Statistics (2004), section 6.3.1.
"""

from derivations.model import Definition

MODEL = Definition(
    name="shrinkage",
    title="Bias and variance of a shrunken mean",
    doc="n draws x, mean mu, standard deviation s, a factor c; bias B, variance V, mean squared error M.",
    source="Wasserman (2004), section 6.3.1",
    names="i: index[n]; x: real[n]; mu: real; s: positive; c: real",
    bindings="""
        B = E_{x_i ~ N(mu, s^2)}[c mean(x)] - mu
        V = Var_{x_i ~ N(mu, s^2)}[c mean(x)]
        M = E_{x_i ~ N(mu, s^2)}[(c mean(x) - mu)^2]
    """,
    targets="dM/dc M B V argmin M over c",
    loss="M",
)

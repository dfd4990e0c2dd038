"""Poisson regression: counts whose rates are the exponentials of linear scores.

    μ_i = e^(wᵀx_i)    L = -Σ_i log Poisson(y_i; μ_i) = Σ_i (μ_i - y_i log μ_i + log y_i!)
    ∂L/∂w = Xᵀ(μ - y)    ∂²L/∂w² = Xᵀ diag(μ) X

Source: P. McCullagh, J. A. Nelder, Generalized Linear Models (1989), chapter 6.
"""

from derivations.model import Definition

MODEL = Definition(
    name="poisson",
    title="Poisson regression",
    doc="n examples, the rows of X, counts y, weights w; mu are the rates.",
    source="McCullagh and Nelder (1989), chapter 6",
    names="i: index[n]; X: real[n,d]; y: count[n]; w: real[d]; mu: positive[n]",
    bindings="""
        mu_i = exp(w^T X_i)
        L = -sum_i log Poisson(y_i; mu_i)
    """,
    targets="dL/dw d2L/dw2 dL/dmu",
)

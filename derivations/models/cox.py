"""Cox regression: the partial likelihood of the order in which things happen.

    h_i = wᵀx_i    L = -Σ_i c_i (h_i - log Σ_{j: t_j ≥ t_i} e^h_j)
    ∂L/∂w = -Σ_i c_i (x_i - Σ_{j: t_j ≥ t_i} e^h_j x_j / Σ_{j: t_j ≥ t_i} e^h_j)

Source: D. R. Cox, Partial Likelihood (1975), section 2; J. P. Klein, M. L. Moeschberger, Survival Analysis (2003),
section 8.3.
"""

from derivations.model import Definition

MODEL = Definition(
    name="cox",
    title="Cox regression",
    doc="n examples, the rows of X, times t, c is 1 where it was seen to happen and 0 where the watch ended before.",
    source="Cox (1975), section 2",
    names="i: index[n]; j: index[n]; X: real[n,d]; t: positive[n]; c: mask[n]; w: real[d]; r: positive[n]",
    bindings="""
        h = X w
        r_i = sum_{j : t_j >= t_i} exp(h_j)
        L = -sum_i c_i (h_i - log r_i)
    """,
    targets="dL/dw dL/dh L",
)

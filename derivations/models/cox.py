"""Proportional hazards: who is at risk when somebody's event happens, weighed by the exponentials of linear scores.

    h_i = wᵀx_i    s_i = Σ_{j: t_j ≥ t_i} e^(h_j)    L = -Σ_i c_i (h_i - log s_i)
    ∂L/∂h_j = e^(h_j) Σ_{i: t_i ≤ t_j} c_i/s_i - c_j    ∂L/∂w = Xᵀ ∂L/∂h

The negative log partial likelihood, ties as Breslow counts them.

Source: D. R. Cox, Regression Models and Life-Tables (1972), section 2; N. Breslow, in its discussion.
"""

from derivations.model import Definition

MODEL = Definition(
    name="cox",
    title="Proportional hazards",
    doc="n people, the rows of X, times t, c is 1 where the event was seen and 0 where it is censored, weights w.",
    source="Cox (1972), section 2",
    names="i: index[n]; j: index[n]; X: real[n,d]; w: real[d]; t: real[n]; c: label01[n]; h: real[n]; s: positive[n]",
    bindings="""
        h = X w
        s_i = sum_j {exp(h_j) if t_j >= t_i, 0 otherwise}
        L = -sum_i c_i (h_i - log s_i)
    """,
    targets="dL/dw dL/dh dL/ds L",
)

"""Gaussian process regression: the log marginal likelihood of its hyperparameters.

    K_ij = s² exp(-‖x_i - x_j‖²/(2l²)) + v δ_ij    LL = log N(y; 0, K) = -½ yᵀK⁻¹y - ½ log det K - (n/2) log 2π
    ∂LL/∂K = ½ (ααᵀ - K⁻¹) with α = K⁻¹y    ∂LL/∂v = ½ (αᵀα - tr K⁻¹)

Source: C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning (2006), section 5.4.1.
"""

from derivations.model import Definition

MODEL = Definition(
    name="gp",
    title="Gaussian process regression",
    doc="n inputs x with outputs y; amplitude s, length l, noise variance v of a squared exponential kernel.",
    source="Rasmussen and Williams (2006), section 5.4.1",
    names="i: index[n]; j: index[n]; x: real[n,d]; y: real[n]; s: positive; l: positive; v: positive; K: posdef[n]",
    bindings="""
        K_ij = s^2 exp(-||x_i - x_j||^2/(2 l^2)) + v 1[i = j]
        LL = log N(y; 0, K)
    """,
    targets="dLL/dv dLL/ds dLL/dl dLL/dK LL",
    loss="LL",
)

"""Adam's update of weights W with gradient g at step t.

    m' = β₁m + (1-β₁) g    v' = β₂v + (1-β₂) g ⊙ g    m̂ = m'/(1-β₁ᵗ)    v̂ = v'/(1-β₂ᵗ)    W' = W - α m̂/(√v̂ + ε)

Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization (2015), algorithm 1.
"""

from derivations.model import Definition

MODEL = Definition(
    name="adam",
    title="Adam",
    doc="First and second moments m and v, bias-corrected; primed: after the update.",
    source="Kingma and Ba (2015), algorithm 1",
    names=(
        "j: index[d]; m: real[d]; v: nonnegative[d]; g: real[d]; W: real[d]; beta1: probability; beta2: "
        "probability; alpha: positive; epsilon: positive; t: positive"
    ),
    bindings="""
        m'_j = beta1 m_j + (1 - beta1) g_j
        v'_j = beta2 v_j + (1 - beta2) g_j^2
        mhat_j = m'_j/(1 - beta1^t)
        vhat_j = v'_j/(1 - beta2^t)
        W'_j = W_j - alpha mhat_j/(sqrt(vhat_j) + epsilon)
    """,
    targets="W' m' v'",
    loss="W'",
)

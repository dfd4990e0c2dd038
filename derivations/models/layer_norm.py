"""Layer normalisation: mean and variance over the features of each example, the upstream gradient ∂L/∂y given.

    μ_i = (1/d) Σ_j x_ij   v_i = (1/d) Σ_j (x_ij - μ_i)²   x̂_ij = (x_ij - μ_i)/√v_i   y_ij = γ_j x̂_ij + β_j
    ∂L/∂x_ij = (1/(d √v_i)) (d ∂L/∂x̂_ij - Σ_k ∂L/∂x̂_ik - x̂_ij Σ_k ∂L/∂x̂_ik x̂_ik),  ∂L/∂x̂_ij = γ_j ∂L/∂y_ij

Source: J. L. Ba, J. R. Kiros, G. E. Hinton, Layer Normalization (2016), section 3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="layer_norm",
    title="Layer normalisation",
    doc="m examples with d features; mean and variance over the features of one example.",
    source="Ba, Kiros and Hinton (2016), section 3",
    names="i: index[m]; j: index[d]; x: real[m,d]; gamma: real[d]; beta: real[d]; v: nonnegative[m]",
    bindings="""
        mu_i = 1/d sum_j x_ij
        v_i = 1/d sum_j (x_ij - mu_i)^2
        xhat_ij = (x_ij - mu_i)/sqrt(v_i)
        y_ij = gamma_j xhat_ij + beta_j
    """,
    targets="dL/dx dL/dgamma dL/dbeta dL/dxhat dL/dv dL/dmu y",
    upstream="y",
    variants={
        "eps": Variant(
            "With ε inside the root.", names="epsilon: positive", bindings="xhat_ij = (x_ij - mu_i)/sqrt(v_i + epsilon)"
        )
    },
)

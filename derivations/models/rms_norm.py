"""Root-mean-square normalisation, the upstream gradient ∂L/∂y given.

    s_i = √((1/d) Σ_j x_ij²)    x̂_ij = x_ij/s_i    y_ij = γ_j x̂_ij
    ∂L/∂x_ij = (1/s_i) (γ_j ∂L/∂y_ij - x̂_ij (1/d) Σ_k γ_k ∂L/∂y_ik x̂_ik)

Source: B. Zhang, R. Sennrich, Root Mean Square Layer Normalization (2019), section 4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="rms_norm",
    title="Root-mean-square normalisation",
    doc="m examples with d features; each divided by the root of its mean square.",
    source="Zhang and Sennrich (2019), section 4",
    names="i: index[m]; j: index[d]; x: real[m,d]; gamma: real[d]; s: positive[m]",
    bindings="""
        s_i = sqrt(1/d sum_j x_ij^2)
        xhat_ij = x_ij/s_i
        y_ij = gamma_j xhat_ij
    """,
    targets="dL/dx dL/dgamma dL/dxhat dL/ds y",
    upstream="y",
    variants={
        "eps": Variant(
            "With ε inside the root.", names="epsilon: positive", bindings="s_i = sqrt(1/d sum_j x_ij^2 + epsilon)"
        )
    },
)

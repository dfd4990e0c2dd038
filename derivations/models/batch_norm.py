"""Batch normalisation, many features, the upstream gradient ∂L/∂y given.

    μ_j = (1/m) Σ_i x_ij   v_j = (1/m) Σ_i (x_ij - μ_j)²   x̂_ij = (x_ij - μ_j)/√v_j   y_ij = γ_j x̂_ij + β_j
    ∂L/∂x_ij = γ_j/(m √v_j) (m ∂L/∂y_ij - Σ_k ∂L/∂y_kj - x̂_ij Σ_k ∂L/∂y_kj x̂_kj)

Source: S. Ioffe, C. Szegedy, Batch Normalization, ICML 2015, section 3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="batch_norm",
    title="Batch normalisation",
    doc="A batch x of m examples with d features; mean and variance over the batch.",
    source="Ioffe and Szegedy (2015), section 3",
    names="i: index[m]; j: index[d]; x: real[m,d]; gamma: real[d]; beta: real[d]; v: nonnegative[d]",
    bindings="""
        mu_j = 1/m sum_i x_ij
        v_j = 1/m sum_i (x_ij - mu_j)^2
        xhat_ij = (x_ij - mu_j)/sqrt(v_j)
        y_ij = gamma_j xhat_ij + beta_j
    """,
    targets="dL/dx dL/dgamma dL/dbeta dL/dxhat dL/dv dL/dmu y",
    upstream="y",
    variants={
        "eps": Variant(
            "With ε inside the root.", names="epsilon: positive", bindings="xhat_ij = (x_ij - mu_j)/sqrt(v_j + epsilon)"
        ),
        "one": Variant(
            "One feature.",
            names="x: real[m]; gamma: real; beta: real; v: nonnegative",
            bindings=(
                "mu = 1/m sum_i x_i; v = 1/m sum_i (x_i - mu)^2; xhat_i = (x_i - mu)/sqrt(v); y_i = gamma xhat_i + beta"
            ),
        ),
    },
)

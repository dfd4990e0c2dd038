"""Group normalisation: mean and variance over each group of channels, the upstream gradient ∂L/∂y given.

    μ_ig = (1/m) Σ_k x_igk    v_ig = (1/m) Σ_k (x_igk - μ_ig)²
    x̂_igk = (x_igk - μ_ig)/√v_ig    y_igk = γ_gk x̂_igk + β_gk
    ∂L/∂x_igk = (1/(m √v_ig)) (m ∂L/∂x̂_igk - Σ_l ∂L/∂x̂_igl - x̂_igk Σ_l ∂L/∂x̂_igl x̂_igl)

Source: Y. Wu, K. He, Group Normalization (2018), section 3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="group_norm",
    title="Group normalisation",
    doc="n examples with G groups of m channels.",
    source="Wu and He (2018), section 3",
    names=(
        "i: index[n]; g: index[G]; k: index[m]; x: real[n,G,m]; gamma: real[G,m]; beta: real[G,m]; v: nonnegative[n,G]"
    ),
    bindings="""
        mu_ig = 1/m sum_k x_igk
        v_ig = 1/m sum_k (x_igk - mu_ig)^2
        xhat_igk = (x_igk - mu_ig)/sqrt(v_ig)
        y_igk = gamma_gk xhat_igk + beta_gk
    """,
    targets="dL/dx dL/dgamma dL/dbeta dL/dxhat dL/dv dL/dmu y",
    upstream="y",
    variants={
        "eps": Variant(
            "With ε inside the root.",
            names="epsilon: positive",
            bindings="xhat_igk = (x_igk - mu_ig)/sqrt(v_ig + epsilon)",
        )
    },
)

"""Gaussian discriminant analysis: two classes with means a₀ and a₁ and one covariance matrix Σ.

    u_i = x_i - y_i a₁ - (1-y_i) a₀
    LL = Σ_i (y_i log φ + (1-y_i) log(1-φ)) - ½ Σ_i u_iᵀS⁻¹u_i - (n/2) log det S + const     (S is the covariance)
    ∂LL/∂φ = Σ_i (y_i/φ - (1-y_i)/(1-φ))    ∂LL/∂a₁ = S⁻¹ Σ_i y_i u_i    ∂LL/∂S = ½ S⁻¹ (Σ_i u_i u_iᵀ) S⁻¹ - (n/2) S⁻¹

The gradient by S treats its entries as independent.

Source: K. P. Murphy, Machine Learning: A Probabilistic Perspective (2012), section 4.2.
"""

from derivations.model import Definition

MODEL = Definition(
    name="gda",
    title="Gaussian discriminant analysis",
    doc="n examples x with labels y, class probability phi, class means a0 and a1, covariance S.",
    source="Murphy (2012), section 4.2",
    names=(
        "i: index[n]; j: index[d]; x: real[n,d]; y: label01[n]; phi: probability; a0: real[d]; a1: real[d]; S: "
        "posdef[d]"
    ),
    bindings="""
        u_ij = x_ij - y_i a1_j - (1 - y_i) a0_j
        LL = sum_i (y_i log phi + (1 - y_i) log(1 - phi)) - 1/2 sum_i u_i^T S^{-1} u_i - n/2 log det S
    """,
    targets="dLL/da0 dLL/da1 dLL/dphi dLL/dS LL",
    loss="LL",
)

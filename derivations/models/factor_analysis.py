"""Factor analysis: n points of a Gaussian whose covariance is a matrix of low rank and a diagonal.

    C = WWᵀ + diag(ψ)    LL = Σ_i log N(x_i; μ, C)
    ∂LL/∂C = ½ (C⁻¹ Σ_i (x_i-μ)(x_i-μ)ᵀ C⁻¹ - n C⁻¹)    ∂LL/∂W = 2 ∂LL/∂C W    ∂LL/∂ψ = diag(∂LL/∂C)

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), sections 12.2.1 and 12.2.4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="factor_analysis",
    title="Factor analysis",
    doc="n points, the rows of x, mean mu, k factors with loadings W, variances psi of what is left.",
    source="Bishop (2006), section 12.2.4",
    names="i: index[n]; x: real[n,d]; mu: real[d]; W: real[d,k]; psi: positive[d]; C: posdef[d]",
    bindings="""
        C = W W^T + diag(psi)
        LL = sum_i log N(x_i; mu, C)
    """,
    targets="dLL/dW dLL/dpsi dLL/dmu dLL/dC LL argmax LL over mu",
    loss="LL",
    variants={
        "isotropic": Variant(
            "Probabilistic principal components: one variance v.",
            names="psi: -; v: positive",
            bindings="C = W W^T + v I",
            targets="dLL/dW dLL/dv dLL/dmu LL",
        ),
    },
)

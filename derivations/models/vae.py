"""A variational autoencoder with a linear decoder: its negative evidence lower bound L = D - R.

    z ~ N(μ, diag(s²))    R = E[log N(x; Wz + b, v I)]    D = KL(N(μ, diag(s²)) || N(0, I))
    ∂D/∂μ = μ    ∂D/∂s_j = s_j - 1/s_j
    ∂L/∂μ = μ - Wᵀ(x - Wμ - b)/v    ∂L/∂s_j = s_j - 1/s_j + s_j Σ_i W_ij²/v

From one draw ε ~ N(0, I), by z = μ + s ⊙ ε: ∂L/∂s = ∂L/∂z ⊙ ε + ∂D/∂s.

Source: D. P. Kingma, M. Welling, Auto-Encoding Variational Bayes (2014), sections 2.3, 2.4 and appendix B.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="vae",
    title="Variational autoencoder",
    doc="One example x, the mean mu and the deviations s of its code, decoder W, b, variance v of the noise.",
    source="Kingma and Welling (2014), section 2.3",
    names="x: real[n]; W: real[n,d]; b: real[n]; mu: real[d]; s: positive[d]; v: positive",
    bindings="""
        R = E_{z ~ N(mu, diag(s^2))}[log N(x; W z + b, v I)]
        D = KL(N(mu, diag(s^2)) || N(0, I))
        L = D - R
    """,
    targets="dL/dmu dL/ds dL/dW dL/db dD/dmu dD/ds R D",
    variants={
        "log_variance": Variant(
            "The encoder gives h = log s².",
            names="s: -; h: real[d]",
            bindings="""
                R = E_{z ~ N(mu, diag(exp(h)))}[log N(x; W z + b, v I)]
                D = KL(N(mu, diag(exp(h))) || N(0, I))
            """,
            targets="dL/dmu dL/dh dD/dh R D",
        ),
        "sampled": Variant(
            "The reconstruction from one draw eps, reparameterised.",
            names="eps: real[d]",
            bindings="""
                z = mu + s .* eps
                R = log N(x; W z + b, v I)
            """,
            targets="dL/dz dL/dmu dL/ds dL/dW dL/db",
        ),
    },
)

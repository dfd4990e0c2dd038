"""The M-step of a mixture of Gaussians: the expected log-likelihood, with the responsibilities given.

    line:     Q = Σ_ik r_ik (log w_k + log N(x_i; μ_k, v_k))    N_k = Σ_i r_ik
              μ_k = Σ_i r_ik x_i/N_k    v_k = Σ_i r_ik (x_i - μ_k)²/N_k    w_k = N_k/n
    vectors:  Q = Σ_ik r_ik (log w_k + log N(x_i; μ_k, S_k))    S_k = Σ_i r_ik (x_i - μ_k)(x_i - μ_k)ᵀ/N_k

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 9.2.2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="em_gmm",
    title="The M-step of a mixture of Gaussians",
    doc="n numbers x, responsibilities r of K components with weights w, means mu, variances v.",
    source="Bishop (2006), section 9.2.2",
    names="i: index[n]; k: index[K]; x: real[n]; r: simplex[n,K]; w: simplex[K]; mu: real[K]; v: positive[K]",
    bindings="Q = sum_i sum_k r_ik (log w_k + log N(x_i; mu_k, v_k))",
    targets="dQ/dmu dQ/dv dQ/dw Q argmax Q over mu argmax Q over v argmax Q over w",
    loss="Q",
    variants={
        "vectors": Variant(
            "Vectors, the rows of x, with covariances S.",
            names="x: real[n,d]; mu: real[K,d]; v: -; S: posdef[K,d,d]",
            bindings="Q = sum_i sum_k r_ik (log w_k + log N(x_i; mu_k, S_k))",
            targets="dQ/dmu dQ/dS dQ/dw Q argmax Q over mu argmax Q over S argmax Q over w",
        ),
    },
)

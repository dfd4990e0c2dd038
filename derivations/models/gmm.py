"""A mixture of K Gaussians on the line: responsibilities and the gradients of the log likelihood.

    l_ik = log w_k - ½ log(2πs_k²) - (x_i-μ_k)²/(2s_k²)    LL = Σ_i log Σ_k e^l_ik    r_ik = e^l_ik / Σ_q e^l_iq
    ∂LL/∂μ_k = Σ_i r_ik (x_i-μ_k)/s_k²    ∂LL/∂s_k = Σ_i r_ik ((x_i-μ_k)²/s_k³ - 1/s_k)

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 9.2.
"""

from derivations.model import Definition

MODEL = Definition(
    name="gmm",
    title="A mixture of Gaussians",
    doc="n points x; weights w, means mu, standard deviations s of K components; responsibilities r.",
    source="Bishop (2006), section 9.2",
    names="i: index[n]; k: index[K]; x: real[n]; w: simplex[K]; mu: real[K]; s: positive[K]; r: simplex[n,K]",
    bindings="""
        l_ik = log w_k - 1/2 log(2 pi s_k^2) - (x_i - mu_k)^2/(2 s_k^2)
        r_ik = softmax(l_i)_k
        LL = sum_i log sum_k exp(l_ik)
    """,
    targets="dLL/dmu dLL/ds dLL/dw dLL/dl r",
    loss="LL",
)

"""Multinomial logistic regression: a softmax over linear scores.

    Z = XΘ    Ŷ_ik = e^Z_ik / Σ_l e^Z_il    L = -Σ_ik Y_ik log Ŷ_ik
    ∂L/∂Θ = Xᵀ(Ŷ-Y)    ∂²L/∂Θ_jk∂Θ_j'k' = Σ_i x_ij x_ij' Ŷ_ik (δ_kk' - Ŷ_ik')

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="softmax_regression",
    title="Softmax regression",
    doc="n examples, the rows of X, one-hot targets Y, weights Theta with one column a class.",
    source="Bishop (2006), section 4.3.4",
    names="i: index[n]; j: index[d]; k: index[K]; X: real[n,d]; Y: onehot[n,K]; Theta: real[d,K]; Yhat: simplex[n,K]",
    bindings="""
        Z = X Theta
        Yhat_ik = exp(Z_ik) / sum_l exp(Z_il)
        L = -sum_i sum_k Y_ik log Yhat_ik
    """,
    targets="dL/dTheta d2L/dTheta2 dL/dZ L",
    variants={"mean": Variant("The mean over the examples.", bindings="L = -1/n sum_i sum_k Y_ik log Yhat_ik")},
)

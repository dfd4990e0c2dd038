"""Softmax of one vector of logits, and the cross-entropy on top of it.

    y_i = e^x_i / Σ_k e^x_k          ∂y_i/∂x_j = y_i (δ_ij - y_j)
    L = -Σ_i t_i log y_i             ∂L/∂x_j = y_j - t_j      for targets that sum to 1

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="softmax",
    title="Softmax and its cross-entropy",
    doc="Logits x, probabilities y, a one-hot target t, cross-entropy L.",
    source="Bishop (2006), section 4.3.4",
    names="i: index[K]; j: index[K]; x: real[K]; t: onehot[K]; y: simplex[K]",
    bindings="""
        y_i = exp(x_i) / sum_k exp(x_k)
        L = -sum_i t_i log y_i
    """,
    targets="dy_i/dx_j dL/dx dL/dy d2L/dx2 y L",
    variants={
        "soft": Variant("The target is any distribution.", names="t: simplex[K]"),
    },
)

"""An activation applied to a whole matrix, the upstream gradient ∂L/∂A given.

    A = max(0, Z)    ∂L/∂Z = ∂L/∂A ⊙ 1[Z > 0]

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 6.3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="relu_layer",
    title="A ReLU layer",
    doc="m rows of h units each.",
    source="Goodfellow, Bengio and Courville (2016), section 6.3",
    names="i: index[m]; j: index[h]; Z: real[m,h]",
    bindings="A_ij = relu(Z_ij)",
    targets="dL/dZ A",
    upstream="A",
    kinks={"A": "either"},
    variants={
        "leaky": Variant(
            "Leaky ReLU with slope α for Z < 0.", names="alpha: positive", bindings="A_ij = leaky_relu(Z_ij, alpha)"
        ),
        "sigmoid": Variant("The logistic function.", bindings="A_ij = sigmoid(Z_ij)"),
        "tanh": Variant("The hyperbolic tangent.", bindings="A_ij = tanh(Z_ij)"),
    },
)

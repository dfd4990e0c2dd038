"""Activation functions h = f(z) of a unit z = wᵀx.

    relu      ∂h/∂z = 1[z > 0]                       tanh      ∂h/∂z = 1 - h²
    leaky     ∂h/∂z = 1 for z > 0, α for z < 0       sigmoid   ∂h/∂z = h(1-h)
    elu       ∂h/∂z = 1 for z > 0, αe^z for z < 0    softplus  ∂h/∂z = σ(z)
    ∂h/∂w_j = f'(z) x_j                              layer     ∂L/∂Z = ∂L/∂A ⊙ 1[Z > 0]

At z = 0 the derivative of the first three is a convention: either side's.

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 6.3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="activations",
    title="Activation functions",
    doc="A unit with weights w and inputs x; ReLU unless a variant says otherwise.",
    source="Goodfellow, Bengio and Courville (2016), section 6.3",
    names="j: index[d]; x: real[d]; w: real[d]",
    bindings="""
        z = w^T x
        h = relu(z)
    """,
    targets="dh/dz dh/dw dh/dx h",
    loss="h",
    kinks={"h": "either"},
    variants={
        "relu": Variant("ReLU, the default."),
        "leaky": Variant(
            "Leaky ReLU with slope α for z < 0.",
            names="alpha: positive",
            bindings="h = leaky_relu(z, alpha)",
            targets="dh/dz dh/dw dh/dx dh/dalpha h",
        ),
        "elu": Variant(
            "ELU with scale α for z < 0.",
            names="alpha: positive",
            bindings="h = elu(z, alpha)",
            targets="dh/dz dh/dw dh/dx dh/dalpha h",
        ),
        "sigmoid": Variant("The logistic function.", bindings="h = sigmoid(z)", targets="dh/dz dh/dw dh/dx d2h/dz2 h"),
        "tanh": Variant("The hyperbolic tangent.", bindings="h = tanh(z)", targets="dh/dz dh/dw dh/dx d2h/dz2 h"),
        "softplus": Variant("log(1 + e^z).", bindings="h = softplus(z)", targets="dh/dz dh/dw dh/dx d2h/dz2 h"),
    },
)

"""The focal loss: the cross-entropy, weighted down where the true class is already likely.

    p = σ(yz)    L = -(1-p)^γ log p    ∂L/∂z = y (1-p)^γ (γ p log p - (1-p))      labels y = ±1

Source: T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, Focal Loss for Dense Object Detection (2017), section 3 and
appendix B.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="focal",
    title="Focal loss",
    doc="A logit z, a label y of -1 or +1, the exponent gamma; p is the probability of the label.",
    source="Lin, Goyal, Girshick, He and Dollár (2017), section 3",
    names="z: real; y: labelpm1; gamma: nonnegative; p: probability",
    bindings="""
        p = sigmoid(y z)
        L = -(1 - p)^gamma log p
    """,
    targets="dL/dz dL/dp dL/dgamma L",
    variants={
        "classes": Variant(
            "Logits over K classes, a label c.",
            names="k: index[K]; z: real[K]; y: -; c: index[K] of []; p: simplex[K]",
            bindings="p_k = softmax(z)_k; L = -(1 - p_c)^gamma log p_c",
            targets="dL/dz dL/dgamma L",
        ),
        "batch": Variant(
            "n examples.",
            names="i: index[n]; z: real[n]; y: labelpm1[n]; p: probability[n]",
            bindings="p_i = sigmoid(y_i z_i); L = -sum_i (1 - p_i)^gamma log p_i",
            targets="dL/dz dL/dgamma L",
        ),
    },
)

"""Label smoothing: a one-hot target that gives a share ε to all classes alike.

    q = (1-ε) t + ε/K    p = softmax(z)    L = -Σ_k q_k log p_k    ∂L/∂z = p - q

Source: C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, Rethinking the Inception Architecture for
Computer Vision (2016), section 7.
"""

from derivations.model import Definition

MODEL = Definition(
    name="label_smoothing",
    title="Label smoothing",
    doc="Logits z over K classes, a one-hot target t, the share epsilon.",
    source="Szegedy, Vanhoucke, Ioffe, Shlens and Wojna (2016), section 7",
    names="k: index[K]; z: real[K]; t: onehot[K]; epsilon: probability; p: simplex[K]; q: simplex[K]",
    bindings="""
        q_k = (1 - epsilon) t_k + epsilon/K
        p_k = softmax(z)_k
        L = -sum_k q_k log p_k
    """,
    targets="dL/dz dL/depsilon dL/dp d2L/dz2 L",
)

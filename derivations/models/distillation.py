"""Knowledge distillation: a student's softmax at temperature T beside its teacher's.

    p = softmax(u/T)    q = softmax(z/T)    L = T² KL(p || q)    ∂L/∂z = T (q - p)

Source: G. Hinton, O. Vinyals, J. Dean, Distilling the Knowledge in a Neural Network (2015), section 2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="distillation",
    title="Knowledge distillation",
    doc="Logits z of the student and u of the teacher over K classes, temperature T.",
    source="Hinton, Vinyals and Dean (2015), section 2",
    names="k: index[K]; z: real[K]; u: real[K]; T: positive; p: simplex[K]; q: simplex[K]",
    bindings="""
        p_k = softmax(u/T)_k
        q_k = softmax(z/T)_k
        L = T^2 KL(p || q)
    """,
    targets="dL/dz dL/dq L",
    variants={
        "cross_entropy": Variant("The cross-entropy in place of the divergence.", bindings="L = T^2 H(p, q)"),
        "reverse": Variant("The divergence the other way round.", bindings="L = T^2 KL(q || p)"),
    },
)

"""The triplet loss: an anchor nearer to what is like it than to what is not, by a margin.

    u = ‖a - p‖² - ‖a - q‖² + m    L = max(0, u)
    ∂L/∂a = 2 (q - p)    ∂L/∂p = 2 (p - a)    ∂L/∂q = 2 (a - q)    where u > 0

Source: F. Schroff, D. Kalenichenko, J. Philbin, FaceNet (2015), section 3.1.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="triplet",
    title="Triplet loss",
    doc="n anchors a, what is like them p and what is not q, by rows; the margin m.",
    source="Schroff, Kalenichenko and Philbin (2015), section 3.1",
    names="i: index[n]; j: index[d]; a: real[n,d]; p: real[n,d]; q: real[n,d]; m: positive",
    bindings="""
        u_i = ||a_i - p_i||^2 - ||a_i - q_i||^2 + m
        L = sum_i relu(u_i)
    """,
    targets="dL/da dL/dp dL/dq L",
    kinks={"L": "either"},
    variants={
        "one": Variant(
            "One triplet.",
            names="i: -; a: real[d]; p: real[d]; q: real[d]",
            bindings="u = ||a - p||^2 - ||a - q||^2 + m; L = relu(u)",
        )
    },
)

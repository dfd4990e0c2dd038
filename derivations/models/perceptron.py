"""The perceptron: its prediction, its loss with labels ±1, and the loss's subgradient.

    z_i = x_iᵀw    L = Σ_i max(0, -y_i z_i)    ∂L/∂w = -Σ_i 1[y_i z_i < 0] y_i x_i
    update:  g = 1[wᵀx ≥ 0]    w' = w + α (y - g) x          (labels 0 and 1)

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 4.1.7.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="perceptron",
    title="The perceptron",
    doc="n examples with labels -1 and +1; only misclassified examples cost something.",
    source="Bishop (2006), section 4.1.7",
    names="i: index[n]; j: index[d]; x: real[n,d]; y: labelpm1[n]; w: real[d]",
    bindings="""
        m_i = y_i x_i^T w
        L = sum_i relu(-m_i)
    """,
    targets="dL/dw L",
    kinks={"L": "either"},
    variants={
        "update": Variant(
            "One update, with a label 0 or 1.",
            names="i: -; x: real[d]; y: label01; alpha: positive",
            bindings="m_i = -; L = -; z = w^T x; g = I(z >= 0); w' = w + alpha (y - g) x",
            targets="w'",
        ),
    },
)

"""The linear support vector machine: hinge loss with an L2 penalty.

    m_i = y_i (x_iᵀw + b)    L = ½λ‖w‖² + Σ_i max(0, 1 - m_i)
    ∂L/∂w = λw - Σ_i 1[m_i < 1] y_i x_i    ∂L/∂b = -Σ_i 1[m_i < 1] y_i

Source: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning (2009), section 12.3.2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="hinge_svm",
    title="Hinge loss and the linear SVM",
    doc="n examples with labels -1 and +1 and their margins m.",
    source="Hastie, Tibshirani and Friedman (2009), section 12.3.2",
    names="i: index[n]; j: index[d]; x: real[n,d]; y: labelpm1[n]; w: real[d]; b: real; lambda: positive",
    bindings="""
        m_i = y_i (x_i^T w + b)
        L = 1/2 lambda ||w||^2 + sum_i relu(1 - m_i)
    """,
    targets="dL/dw dL/db L",
    kinks={"L": "either"},
    variants={"mean": Variant("The mean hinge loss.", bindings="L = 1/2 lambda ||w||^2 + 1/n sum_i relu(1 - m_i)")},
)

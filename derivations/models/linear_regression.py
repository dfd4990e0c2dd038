"""Least squares in matrix form, with its normal equations.

    r = Xw - y    L = ½‖r‖²    ∂L/∂w = Xᵀ(Xw - y)    ∂²L/∂w² = XᵀX    w* = (XᵀX)⁻¹Xᵀy where XᵀX is invertible
    ridge:     L = ½‖r‖² + ½λ‖w‖²     w* = (XᵀX + λI)⁻¹Xᵀy
    weighted:  L = ½ Σ_i a_i r_i²     w* = (Xᵀ diag(a) X)⁻¹ Xᵀ(a ⊙ y)

Source: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning (2009), sections 3.2 and 3.4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="linear_regression",
    title="Linear regression",
    doc="n examples, the rows of X; half the sum of squares.",
    source="Hastie, Tibshirani and Friedman (2009), sections 3.2 and 3.4",
    names="i: index[n]; j: index[d]; X: real[n,d]; y: real[n]; w: real[d]",
    bindings="""
        r = X w - y
        L = 1/2 ||r||^2
    """,
    targets="dL/dw d2L/dw2 dL/dX L argmin L over w",
    variants={
        "mean": Variant("The mean of the squares.", bindings="L = 1/n ||r||^2"),
        "ridge": Variant(
            "With the penalty ½λ‖w‖².", names="lambda: positive", bindings="L = 1/2 ||r||^2 + 1/2 lambda ||w||^2"
        ),
        "weighted": Variant("Example i counts a_i times.", names="a: positive[n]", bindings="L = 1/2 sum_i a_i r_i^2"),
    },
)

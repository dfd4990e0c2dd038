"""Least squares with dropout of the inputs: the mean over all masks is a ridge penalty of its own.

    r_j ~ Bernoulli(q)    L = E[‖y - X(r ⊙ w)‖²] = ‖y - qXw‖² + q(1-q) Σ_j w_j² Σ_i X_ij²
    ∂L/∂w = -2q Xᵀ(y - qXw) + 2q(1-q) diag(XᵀX) ⊙ w

Source: N. Srivastava et al., Dropout, Journal of Machine Learning Research (2014), section 9.1.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="dropout_regression",
    title="Linear regression with dropout",
    doc="n examples, the rows of X, targets y, weights w; every input is kept with the probability q.",
    source="Srivastava et al. (2014), section 9.1",
    names="X: real[n,d]; y: real[n]; w: real[d]; q: probability; r: mask[d]",
    bindings="L = E_{r ~ Bernoulli(q)}[||y - X (r .* w)||^2]",
    targets="dL/dw L argmin L over w",
    variants={
        "inverted": Variant(
            "What is kept is divided by q.",
            bindings="L = E_{r ~ Bernoulli(q)}[||y - X (r .* w)/q||^2]",
            targets="dL/dw L argmin L over w",
        ),
    },
)

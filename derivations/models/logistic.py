"""Logistic regression: one example, a batch, and the form with labels ±1.

    z = θᵀx    p = σ(z)    LL = y log p + (1-y) log(1-p)    ∂LL/∂θ = (y-p) x    ∂LL/∂x = (y-p) θ    ∂²LL/∂θ² = -p(1-p)
                                                            x xᵀ
    batch:     ∂LL/∂θ = Xᵀ(y-p)    ∂NLL/∂θ = Xᵀ(p-y)    ∂²NLL/∂θ² = Xᵀ diag(p(1-p)) X
    pm1:       NLL = Σ_i log(1 + e^-m_i), m_i = y_i x_iᵀw    ∂NLL/∂w = -Σ_i σ(-m_i) y_i x_i
    saliency:  s_i = |∂LL/∂x_i| = |y-p| |θ_i|

Source: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning (2009), section 4.4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="logistic",
    title="Logistic regression",
    doc="Log likelihood LL of one example x with label y.",
    source="Hastie, Tibshirani and Friedman (2009), section 4.4",
    names="i: index[d]; theta: real[d]; x: real[d]; y: label01; p: probability",
    bindings="""
        z = theta^T x
        p = sigmoid(z)
        LL = y log p + (1 - y) log(1 - p)
        NLL = -LL
    """,
    targets="dLL/dtheta dLL/dx d2LL/dtheta2 dNLL/dtheta LL",
    loss="LL",
    variants={
        "batch": Variant(
            "n examples, the rows of X; LL is summed.",
            names="i: index[n]; x: -; X: real[n,d]; y: label01[n]; p: probability[n]",
            bindings="z = X theta; p = sigmoid(z); LL = sum_i (y_i log p_i + (1 - y_i) log(1 - p_i))",
            targets="dLL/dtheta dNLL/dtheta d2LL/dtheta2 d2NLL/dtheta2 LL",
        ),
        "mean": Variant(
            "The mean over the examples.",
            needs="batch",
            bindings="LL = 1/n sum_i (y_i log p_i + (1 - y_i) log(1 - p_i))",
            targets="dLL/dtheta dNLL/dtheta d2NLL/dtheta2 LL",
        ),
        "pm1": Variant(
            "n examples with labels -1 and +1; m are the margins.",
            names="i: index[n]; x: real[n,d]; y: labelpm1[n]; w: real[d]; theta: -; p: -",
            bindings="z = -; p = -; LL = -; m_i = y_i x_i^T w; NLL = sum_i log(1 + exp(-m_i))",
            targets="dNLL/dw d2NLL/dw2 NLL",
        ),
        "scaled": Variant(
            "The weights scaled, NLL(c w), with labels ±1.",
            needs="pm1",
            names="c: real",
            bindings="NLL = sum_i log(1 + exp(-c m_i))",
            targets="dNLL/dc dNLL/dw NLL",
        ),
        "bias": Variant(
            "With an intercept b.",
            names="b: real",
            bindings="z = theta^T x + b",
            targets="dLL/dtheta dLL/db dLL/dx d2LL/dtheta2 LL",
        ),
        "saliency": Variant(
            "How much the log likelihood moves with each input.", bindings="s_i = |dLL/dx_i|", targets="s dLL/dx"
        ),
    },
)

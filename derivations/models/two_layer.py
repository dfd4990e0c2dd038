"""A network with one hidden layer, and the cross-entropy or the squared error of its output.

    column:  z₁ = W₁x + b₁    a₁ = ReLU(z₁)    z₂ = W₂a₁ + b₂    ŷ = softmax(z₂)    L = -Σ_k y_k log ŷ_k
             ∂L/∂z₂ = ŷ - y    ∂L/∂W₂ = (ŷ-y) a₁ᵀ    ∂L/∂z₁ = W₂ᵀ(ŷ-y) ⊙ 1[z₁ > 0]    ∂L/∂W₁ = ∂L/∂z₁ xᵀ
    batch:   Z₁ = XW₁ + b₁    A₁ = ReLU(Z₁)    Z₂ = A₁W₂ + b₂    Ŷ = softmax(Z₂) by rows    L = -Σ_ik Y_ik log Ŷ_ik
             ∂L/∂W₂ = A₁ᵀ(Ŷ-Y)    ∂L/∂Z₁ = (Ŷ-Y)W₂ᵀ ⊙ 1[Z₁ > 0]    ∂L/∂W₁ = Xᵀ ∂L/∂Z₁    1/m in front for the mean
    squared: h_i = σ(W₁x_i + b₁)    o_i = w₂ᵀh_i + b₂    L = (1/n) Σ_i (o_i - y_i)²
             ∂L/∂w₂ = (2/n) Σ_i (o_i-y_i) h_i    ∂L/∂W₁ = (2/n) Σ_i (o_i-y_i)(w₂ ⊙ h_i ⊙ (1-h_i)) x_iᵀ

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 6.5.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="two_layer",
    title="A network with one hidden layer",
    doc="ReLU, then softmax and cross-entropy.",
    source="Goodfellow, Bengio and Courville (2016), section 6.5",
    names=(
        "j: index[d]; k: index[h]; l: index[K]; x: real[d]; W1: real[h,d]; b1: real[h]; W2: real[K,h]; b2: "
        "real[K]; y: onehot[K]; yhat: simplex[K]"
    ),
    bindings="""
        z1 = W1 x + b1
        a1 = relu(z1)
        z2 = W2 a1 + b2
        yhat = softmax(z2)
        L = -sum_l y_l log yhat_l
    """,
    targets="dL/dW2 dL/db2 dL/dW1 dL/db1 dL/dz2 dL/da1 dL/dz1 dL/dx L",
    kinks={"a1": "either", "A1": "either"},
    variants={
        "batch": Variant(
            "m examples, the rows of X; the loss is summed.",
            names=(
                "i: index[m]; x: -; y: -; yhat: -; X: real[m,d]; W1: real[d,h]; W2: real[h,K]; Y: onehot[m,K]; "
                "Yhat: simplex[m,K]"
            ),
            bindings="""
                z1 = -; a1 = -; z2 = -; yhat = -
                Z1 = X W1 + b1
                A1 = relu(Z1)
                Z2 = A1 W2 + b2
                Yhat_il = exp(Z2_il) / sum_r exp(Z2_ir)
                L = -sum_i sum_l Y_il log Yhat_il
            """,
            targets="dL/dW2 dL/db2 dL/dW1 dL/db1 dL/dZ2 dL/dA1 dL/dZ1 dL/dX L",
        ),
        "mean": Variant(
            "The loss averaged over the batch.", needs="batch", bindings="L = -1/m sum_i sum_l Y_il log Yhat_il"
        ),
        "squared": Variant(
            "n examples, the rows of x; sigmoid hidden units, one linear output, mean squared error.",
            names=(
                "i: index[n]; k: index[p]; l: -; x: real[n,d]; y: real[n]; W1: real[p,d]; b1: real[p]; W2: "
                "real[p]; b2: real; yhat: -"
            ),
            bindings="""
                z1 = -; a1 = -; z2 = -; yhat = -
                h_ik = sigmoid(sum_j W1_kj x_ij + b1_k)
                o_i = sum_k W2_k h_ik + b2
                L = 1/n sum_i (o_i - y_i)^2
            """,
            targets="dL/dW2 dL/db2 dL/dW1 dL/db1 dL/do dL/dh L",
        ),
        "half": Variant(
            "½ Σ in place of the mean of the squares.", needs="squared", bindings="L = 1/2 sum_i (o_i - y_i)^2"
        ),
        "sigmoid_output": Variant(
            "A sigmoid output unit, squared error.", needs="squared", bindings="o_i = sigmoid(sum_k W2_k h_ik + b2)"
        ),
        "leaky": Variant(
            "Leaky ReLU with slope α.",
            names="alpha: positive",
            bindings="a1 ?= leaky_relu(z1, alpha); A1 ?= leaky_relu(Z1, alpha)",
        ),
        "tanh": Variant("tanh in the hidden layer.", bindings="a1 ?= tanh(z1); A1 ?= tanh(Z1)"),
    },
)

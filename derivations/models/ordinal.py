"""Ordinal regression by K questions: is the class above k? One score, a threshold a question.

    z_i = wᵀx_i    p_ik = σ(z_i - θ_k)    L = -Σ_ik (T_ik log p_ik + (1 - T_ik) log(1 - p_ik)), T_ik = 1[y_i > k]
    ∂L/∂w = Xᵀ (P - T) 1    ∂L/∂θ = (T - P)ᵀ 1

Source: L. Li, H.-T. Lin, Ordinal Regression by Extended Binary Classification (2007), section 3; W. Cao, V. Mirjalili,
S. Raschka, Rank Consistent Ordinal Regression for Neural Networks (2020), section 3.
"""

from derivations.model import Definition

MODEL = Definition(
    name="ordinal",
    title="Ordinal regression",
    doc="n examples, the rows of X; T is 1 where the class is above k, K thresholds theta, weights w.",
    source="Li and Lin (2007), section 3",
    names=(
        "i: index[n]; k: index[K]; X: real[n,d]; T: label01[n,K]; w: real[d]; theta: real[K]; z: real[n]; "
        "P: probability[n,K]"
    ),
    bindings="""
        z = X w
        P_ik = sigmoid(z_i - theta_k)
        L = -sum_i sum_k (T_ik log P_ik + (1 - T_ik) log(1 - P_ik))
    """,
    targets="dL/dw dL/dtheta dL/dz L",
)

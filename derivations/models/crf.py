"""A linear-chain conditional random field: the negative log-likelihood of a labelling, by the forward recursion.

    score of labels y: Σ_t S_{t,y_t} + Σ_{t≥2} A_{y_{t-1},y_t}
    α_1j = S_1j    α_tj = S_tj + log Σ_l e^{α_{t-1,l} + A_lj}    log Z = log Σ_j e^{α_Tj}
    L = log Z - score of the true labels

    ∂ log Z/∂S_tj is the probability that label j stands at t, so ∂L/∂S_tj = that - 1[y_t = j].

Source: J. Lafferty, A. McCallum, F. Pereira, Conditional random fields (2001).
"""

from derivations.model import Definition

MODEL = Definition(
    name="crf",
    title="A linear-chain conditional random field",
    doc="The negative log-likelihood of the true labels Y (one-hot) of one sequence, with scores S and transitions A.",
    source="Lafferty, McCallum and Pereira (2001)",
    names="t: index[T]; j: index[K]; l: index[K]; i: index[K]; S: real[T,K]; A: real[K,K]; Y: onehot[T,K]",
    bindings="""
        alpha_1j = S_1j
        alpha_tj = S_tj + log sum_l exp(alpha_{t-1,l} + A_lj)
        Z = log sum_j exp(alpha_Tj)
        L = Z - sum_t sum_j Y_tj S_tj - sum_{t=2}^T sum_j sum_l Y_{t-1,l} A_lj Y_tj
    """,
    targets="dL/dS dL/dA dZ/dS dZ/dA L",
)

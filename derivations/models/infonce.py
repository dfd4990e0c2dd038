"""InfoNCE: each of n queries has to pick its own key among all of them.

    S_ij = q_iᵀk_j/τ    P_i = softmax(S_i)    L = -(1/n) Σ_i log P_ii
    ∂L/∂S = (P - I)/n    ∂L/∂Q = (P - I) K/(nτ)    ∂L/∂K = (P - I)ᵀ Q/(nτ)

Source: A. van den Oord, Y. Li, O. Vinyals, Representation Learning with Contrastive Predictive Coding (2018),
section 2.3; A. Radford and others, Learning Transferable Visual Models from Natural Language Supervision (2021),
section 2.3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="infonce",
    title="InfoNCE",
    doc="n queries and their keys, the rows of Q and K, temperature tau.",
    source="van den Oord, Li and Vinyals (2018), section 2.3",
    names="i: index[n]; j: index[n]; Q: real[n,d]; K: real[n,d]; tau: positive; P: simplex[n,n]",
    bindings="""
        S = Q K^T/tau
        P_ij = softmax(S_i)_j
        L = -1/n sum_i log P_ii
    """,
    targets="dL/dQ dL/dK dL/dtau dL/dS L",
    variants={
        "symmetric": Variant(
            "Both ways, as for pairs of images and texts: the mean of the two losses.",
            names="R: simplex[n,n]",
            bindings="T = S^T; R_ij = softmax(T_i)_j; L = -1/(2n) sum_i (log P_ii + log R_ii)",
        ),
    },
)

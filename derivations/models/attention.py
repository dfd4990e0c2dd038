"""Scaled dot-product attention, the upstream gradient ∂L/∂O given.

    S = QKᵀ/√d    P = softmax(S) by rows    O = PV
    ∂L/∂V = Pᵀ ∂L/∂O    ∂L/∂P = ∂L/∂O Vᵀ    ∂L/∂S_ij = P_ij (∂L/∂P_ij - Σ_k P_ik ∂L/∂P_ik)
    ∂L/∂Q = ∂L/∂S K/√d    ∂L/∂K = (∂L/∂S)ᵀ Q/√d

Source: A. Vaswani et al., Attention Is All You Need (2017), section 3.2.1.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="attention",
    title="Scaled dot-product attention",
    doc="n queries, m keys of width d, values of width p.",
    source="Vaswani et al. (2017), section 3.2.1",
    names=(
        "i: index[n]; j: index[m]; k: index[d]; l: index[p]; Q: real[n,d]; K: real[m,d]; V: real[m,p]; P: simplex[n,m]"
    ),
    bindings="""
        S_ij = 1/sqrt(d) sum_k Q_ik K_jk
        P_ij = exp(S_ij) / sum_r exp(S_ir)
        O_il = sum_j P_ij V_jl
    """,
    targets="dL/dQ dL/dK dL/dV dL/dP dL/dS O",
    upstream="O",
    variants={
        "heads": Variant(
            "H heads, each with queries, keys and values of its own.",
            names="a: index[H]; Q: real[H,n,d]; K: real[H,m,d]; V: real[H,m,p]; P: simplex[H,n,m]",
            bindings="""
                S_aij = 1/sqrt(d) sum_k Q_aik K_ajk
                P_aij = exp(S_aij) / sum_r exp(S_air)
                O_ail = sum_j P_aij V_ajl
            """,
        ),
    },
)

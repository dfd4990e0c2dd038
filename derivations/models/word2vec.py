"""Skip-gram with negative sampling: a word beside another, and words that were drawn.

    p = σ(u_oᵀv)    f_m = σ(u_{q_m}ᵀv)    L = -log p - Σ_m log(1 - f_m)
    ∂L/∂v = -(1-p) u_o + Σ_m f_m u_{q_m}    ∂L/∂u_r = (Σ_m 1[q_m = r] f_m - 1[o = r] (1-p)) v

Source: T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean, Distributed Representations of Words and Phrases and
their Compositionality (2013), section 2.2.
"""

from derivations.model import Definition

MODEL = Definition(
    name="word2vec",
    title="Skip-gram with negative sampling",
    doc="The vector v of a centre word, the word o beside it, M words q that were drawn; row r of U belongs to word r.",
    source="Mikolov, Sutskever, Chen, Corrado and Dean (2013), section 2.2",
    names=(
        "a: index[d]; m: index[M]; r: index[V]; U: real[V,d]; v: real[d]; o: index[V] of []; q: index[V] of [M]; "
        "p: probability; f: probability[M]"
    ),
    bindings="""
        p = sigmoid(sum_a U_oa v_a)
        f_m = sigmoid(sum_a U_{q_m,a} v_a)
        L = -log p - sum_m log(1 - f_m)
    """,
    targets="dL/dv dL/dU L",
)

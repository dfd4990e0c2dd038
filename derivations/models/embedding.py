"""Word vectors: the rows of a table, looked up, their mean, and a softmax over it.

    h = (1/T) Σ_t E_{w_t}    s = Uh    p = softmax(s)    L = -log p_y
    ∂L/∂E_v = (1/T) Σ_t 1[w_t = v] ∂L/∂h    ∂L/∂h = Uᵀ(p - e_y)    ∂L/∂U = (p - e_y) hᵀ
    lookup:  x_t = E_{w_t}    ∂L/∂E_v = Σ_t 1[w_t = v] ∂L/∂x_t

Source: A. Joulin, E. Grave, P. Bojanowski, T. Mikolov, Bag of Tricks for Efficient Text Classification (2017),
section 2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="embedding",
    title="Word vectors and their mean",
    doc="T words w out of V, one vector a row of E, a class y of K.",
    source="Joulin, Grave, Bojanowski and Mikolov (2017), section 2",
    names=(
        "t: index[T]; v: index[V]; a: index[d]; k: index[K]; E: real[V,d]; U: real[K,d]; w: index[V] of [T]; "
        "y: index[K] of []; p: simplex[K]"
    ),
    bindings="""
        h_a = 1/T sum_t E_{w_t,a}
        s = U h
        p = softmax(s)
        L = -log p_y
    """,
    targets="dL/dE dL/dU dL/dh dL/ds L",
    variants={
        "lookup": Variant(
            "The layer alone: the vectors of the words, their gradient given.",
            names="U: -; y: -; p: -",
            bindings="h = -; s = -; p = -; L = -; x_ta = E_{w_t,a}",
            targets="dL/dE x",
            upstream="x",
        ),
    },
)

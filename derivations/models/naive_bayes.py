"""The multinomial event model: word probabilities of one class from word counts.

    LL = Σ_v c_v log φ_v under Σ_v φ_v = 1    J = -LL + λ (Σ_v φ_v - 1)
    ∂J/∂φ_v = -c_v/φ_v + λ                    minimised at φ_v = c_v / Σ_u c_u, where λ = Σ_u c_u
    laplace: one more of each word            φ_v = (c_v + 1)/(Σ_u c_u + V)

Source: C. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval (2008), section 13.2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="naive_bayes",
    title="Multinomial naive Bayes",
    doc="Counts c of V words in the documents of one class, word probabilities phi, Lagrange multiplier lambda.",
    source="Manning, Raghavan and Schütze (2008), section 13.2",
    names="v: index[V]; c: positive[V]; phi: simplex[V]; lambda: real",
    bindings="""
        LL = sum_v c_v log phi_v
        J = -LL + lambda (sum_v phi_v - 1)
    """,
    targets="argmin J over phi dJ/dphi dLL/dphi J",
    loss="J",
    variants={
        "laplace": Variant("One more of each word (Laplace smoothing).", bindings="LL = sum_v (c_v + 1) log phi_v"),
        "counts": Variant(
            "The counts from n documents, those with label y_i = 1.",
            names="i: index[n]; c: -; x: positive[n,V]; y: label01[n]",
            bindings="c_v = sum_i y_i x_iv; LL = sum_v c_v log phi_v",
        ),
    },
)

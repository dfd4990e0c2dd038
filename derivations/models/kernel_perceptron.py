"""One step of the kernel perceptron: θ is kept as Σ_j β_j φ(x_j), so prediction and update need the kernel only.

    k_j = K(x_j, u)    s = Σ_j β_j k_j    g = 1[s ≥ 0]    β' = α (t - g)      (u, t: the next example and its label 0
                                                                              or 1)

Source: Y. Freund, R. Schapire, Large Margin Classification Using the Perceptron Algorithm (1999).
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="kernel_perceptron",
    title="The kernel perceptron",
    doc="n examples seen, with coefficients beta; the next example u with label t. The kernel is the dot product.",
    source="Freund and Schapire (1999)",
    names="j: index[n]; l: index[d]; x: real[n,d]; beta: real[n]; u: real[d]; t: label01; alpha: positive",
    bindings="""
        k_j = sum_l x_jl u_l
        s = sum_j beta_j k_j
        g = I(s >= 0)
        beta' = alpha (t - g)
    """,
    targets="s beta' g",
    loss="s",
    variants={
        "rbf": Variant(
            "With the Gaussian kernel of width tau.",
            names="tau: positive",
            bindings="k_j = exp(-sum_l (x_jl - u_l)^2/(2 tau^2))",
            targets="s beta' ds/du",
        ),
    },
)

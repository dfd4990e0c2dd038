"""The Kullback-Leibler divergence of two factorised Gaussians.

    D = Σ_j [log(t_j/s_j) + (s_j² + (a_j-b_j)²)/(2t_j²) - ½]    ∂D/∂a_j = (a_j-b_j)/t_j²    ∂D/∂s_j = s_j/t_j² - 1/s_j

Source: D. P. Kingma, M. Welling, Auto-Encoding Variational Bayes (2014), appendix B.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="kl_gaussians",
    title="KL divergence of factorised Gaussians",
    doc="From N(a, s²) to N(b, t²), entry by entry.",
    source="Kingma and Welling (2014), appendix B",
    names="j: index[d]; a: real[d]; s: positive[d]; b: real[d]; t: positive[d]",
    bindings="D = sum_j (log(t_j/s_j) + (s_j^2 + (a_j - b_j)^2)/(2 t_j^2) - 1/2)",
    targets="dD/da dD/ds dD/db dD/dt D argmin D over a",
    loss="D",
    variants={
        "standard": Variant(
            "To the standard normal distribution.",
            names="b: -; t: -",
            bindings="D = 1/2 sum_j (s_j^2 + a_j^2 - 1 - log s_j^2)",
            targets="dD/da dD/ds D",
        ),
    },
)

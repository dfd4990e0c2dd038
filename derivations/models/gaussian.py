"""The negative log likelihood of n independent draws from N(μ, σ²).

    f_i = (2πσ²)^(-1/2) e^(-(x_i-μ)²/(2σ²))    NLL = -Σ_i log f_i = n/2 log(2πσ²) + Σ_i (x_i-μ)²/(2σ²)
    ∂NLL/∂μ = Σ_i (μ-x_i)/σ²    ∂NLL/∂σ = n/σ - Σ_i (x_i-μ)²/σ³
    v = σ²:  ∂NLL/∂v = n/(2v) - Σ_i (x_i-μ)²/(2v²)
    Minimised at μ = (1/n) Σ_i x_i and v = (1/n) Σ_i (x_i-μ)².

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 1.2.4.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="gaussian",
    title="Likelihood of a Gaussian",
    doc="n draws x, mean mu, standard deviation sigma; f are the densities.",
    source="Bishop (2006), section 1.2.4",
    names="i: index[n]; x: real[n]; mu: real; sigma: positive; f: positive[n]",
    bindings="""
        f_i = 1/sqrt(2 pi sigma^2) exp(-(x_i - mu)^2/(2 sigma^2))
        NLL = -sum_i log f_i
    """,
    targets="NLL dNLL/dmu dNLL/dsigma argmin NLL over mu argmin NLL over sigma",
    loss="NLL",
    variants={
        "variance": Variant(
            "The variance v = σ² is the variable.",
            names="sigma: -; v: positive",
            bindings="f_i = 1/sqrt(2 pi v) exp(-(x_i - mu)^2/(2 v))",
            targets="NLL dNLL/dmu dNLL/dv argmin NLL over mu argmin NLL over v",
        ),
    },
)

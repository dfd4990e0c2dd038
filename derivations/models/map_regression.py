"""Maximum a posteriori estimates of a linear-Gaussian model, y = Xθ + noise of variance σ².

    Gaussian prior N(0, η²):   J = ‖y-Xθ‖²/(2σ²) + ‖θ‖²/(2η²) + const     θ_MAP = (XᵀX + (σ²/η²) I)⁻¹ Xᵀy
    ridge:                     J = ‖y-Xθ‖²/(2σ²) + λ‖θ‖²,  λ = 1/(2η²)
    Laplace prior of scale b:  J = ‖y-Xθ‖²/(2σ²) + ‖θ‖₁/b + const
    lasso:                     J = ‖y-Xθ‖² + γ‖θ‖₁,  γ = 2σ²/b

Source: K. P. Murphy, Machine Learning: A Probabilistic Perspective (2012), sections 7.5 and 13.3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="map_regression",
    title="MAP estimates of linear regression",
    doc="n examples, the rows of X; J is the negative log posterior up to the evidence.",
    source="Murphy (2012), sections 7.5 and 13.3",
    names="i: index[n]; j: index[d]; X: real[n,d]; y: real[n]; theta: real[d]; sigma: positive; eta: positive",
    bindings="""
        LL = -n/2 log(2 pi sigma^2) - ||y - X theta||^2/(2 sigma^2)
        LP = -d/2 log(2 pi eta^2) - ||theta||^2/(2 eta^2)
        J = -LL - LP
    """,
    targets="dJ/dtheta d2J/dtheta2 J argmin J over theta",
    loss="J",
    variants={
        "ridge": Variant(
            "The ridge objective with its λ.",
            bindings="LL = -; LP = -; lambda = 1/(2 eta^2); J = ||y - X theta||^2/(2 sigma^2) + lambda ||theta||^2",
        ),
        "laplace": Variant(
            "A Laplace prior of scale b.",
            names="eta: -; b: positive",
            bindings="LP = -d log(2 b) - ||theta||_1/b",
            targets="dJ/dtheta J",
        ),
        "lasso": Variant(
            "The lasso objective with its γ.",
            names="eta: -; b: positive",
            bindings="LL = -; LP = -; gamma = 2 sigma^2/b; J = ||y - X theta||^2 + gamma ||theta||_1",
            targets="dJ/dtheta J",
        ),
    },
)

"""The policy gradient of a softmax policy over K actions, with a baseline.

    π = softmax(θ)    J = E[R_a - b], a ~ π    ∂J/∂θ_k = E[(R_a - b) ∂log π_a/∂θ_k] = π_k (R_k - Σ_a π_a R_a)

The baseline b leaves the gradient as it is. From one action a that was drawn, S = (R_a - b) log π_a has the gradient
∂S/∂θ_k = (R_a - b) (1[a = k] - π_k), whose mean is that of J.

Source: R. J. Williams, Simple Statistical Gradient-Following Algorithms (1992); Sutton and Barto (2018), section 2.8.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="reinforce",
    title="Policy gradient",
    doc="Rewards R of K actions, a softmax policy pi with the preferences theta, a baseline b.",
    source="Williams (1992)",
    names="k: index[K]; theta: real[K]; R: real[K]; b: real; pi: simplex[K]",
    bindings="""
        pi_k = softmax(theta)_k
        J = E_{a ~ pi}[R_a - b]
    """,
    targets="dJ/dtheta dpi_k/dtheta_i J",
    loss="J",
    variants={
        "entropy": Variant(
            "With beta times the entropy of the policy.",
            names="beta: positive",
            bindings="J = E_{a ~ pi}[R_a - b] + beta H(pi)",
            targets="dJ/dtheta J",
        ),
        "features": Variant(
            "Preferences that are linear in features, the rows of X.",
            names="theta: real[d]; X: real[K,d]",
            bindings="pi_k = softmax(X theta)_k",
            targets="dJ/dtheta",
        ),
        "sampled": Variant(
            "From one action a that was drawn, with the advantage A.",
            names="a: index[K] of []",
            bindings="""
                A = R_a - b
                J = A log pi_a
            """,
            targets="dJ/dtheta",
        ),
    },
)

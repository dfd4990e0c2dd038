"""Proximal policy optimisation: the clipped surrogate of one action that was drawn.

    ρ = π_a/q    J = min(ρA, clip(ρ, 1-ε, 1+ε) A) = min(ρA, g)    g = (1+ε) A where A ≥ 0, (1-ε) A otherwise
    ∂J/∂ρ = A 1[ρA < g]    ∂J/∂θ_k = A ρ (1[a = k] - π_k) 1[ρA < g] of a softmax policy

Source: J. Schulman, F. Wolski, P. Dhariwal, A. Radford, O. Klimov, Proximal Policy Optimization Algorithms (2017),
section 3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="ppo",
    title="Proximal policy optimisation",
    doc="n actions, their log-probabilities l now and q when they were drawn, advantages A, the bound epsilon.",
    source="Schulman, Wolski, Dhariwal, Radford and Klimov (2017), section 3",
    names="i: index[n]; l: real[n]; q: real[n]; A: real[n]; epsilon: probability; rho: positive[n]",
    bindings="""
        rho_i = exp(l_i - q_i)
        g_i = {(1 + epsilon) A_i if A_i >= 0, (1 - epsilon) A_i otherwise}
        J = 1/n sum_i min(rho_i A_i, g_i)
    """,
    targets="dJ/dl dJ/drho J",
    loss="J",
    variants={
        "softmax": Variant(
            "One action a of a softmax policy with the preferences theta.",
            names=(
                "i: -; l: -; k: index[K]; theta: real[K]; pi: simplex[K]; q: probability; a: index[K] of []; A: real; "
                "rho: positive"
            ),
            bindings="""
                pi = softmax(theta)
                rho = pi_a/q
                g = {(1 + epsilon) A if A >= 0, (1 - epsilon) A otherwise}
                J = min(rho A, g)
            """,
            targets="dJ/dtheta dJ/drho J",
        )
    },
)

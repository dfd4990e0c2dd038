"""Gradient descent with momentum, both forms.

    average:     V' = βV + (1-β) g    W' = W - αV'
    heavy_ball:  V' = βV + g          W' = W - αV'        (the same steps with the rate divided by 1-β)

Source: B. Polyak, Some methods of speeding up the convergence of iteration methods (1964).
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="momentum",
    title="Momentum",
    doc="Weights W, velocity V, gradient g; primed: after the update. The velocity is an exponential average.",
    source="Polyak (1964)",
    names="V: real[d]; W: real[d]; g: real[d]; beta: probability; alpha: positive",
    bindings="""
        V' = beta V + (1 - beta) g
        W' = W - alpha V'
    """,
    targets="W' V'",
    loss="W'",
    variants={"heavy_ball": Variant("The velocity is a discounted sum.", bindings="V' = beta V + g")},
)

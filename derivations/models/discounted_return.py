"""The discounted return of an episode, and the squared error of a value that is to predict it.

    R_{T+1} = 0    R_t = r_t + γ R_{t+1}    J = R_1    L = ½ Σ_t (V_t - R_t)²
    ∂J/∂r_t = γ^{t-1}: backwards in time, ∂J/∂R_1 = 1 and ∂J/∂R_t = γ ∂J/∂R_{t-1}

Source: R. Sutton, A. Barto, Reinforcement Learning (2018), sections 3.3 and 9.3.
"""

from derivations.model import Definition

MODEL = Definition(
    name="discounted_return",
    title="The discounted return",
    doc="Return of every step by the recursion from the end, and the squared error of predicted values.",
    source="Sutton and Barto (2018), sections 3.3 and 9.3",
    names="t: index[T]; s: index[T]; r: real[T]; gamma: probability; V: real[T]",
    bindings="""
        R_{T+1} = 0
        R_t = r_t + gamma R_{t+1}
        J = R_1
        L = 1/2 sum_t (V_t - R_t)^2
    """,
    targets="dJ/dgamma dL/dV dL/dr dL/dgamma L",
)

"""Direct preference optimisation: of two answers the one that was preferred, against a reference.

    h_i = β ((w_i - u_i) - (l_i - v_i))    L = -(1/n) Σ_i log σ(h_i)
    ∂L/∂w_i = -(β/n) σ(-h_i)    ∂L/∂l_i = (β/n) σ(-h_i)

Source: R. Rafailov, A. Sharma, E. Mitchell, S. Ermon, C. D. Manning, C. Finn, Direct Preference Optimization (2023),
section 4.
"""

from derivations.model import Definition

MODEL = Definition(
    name="dpo",
    title="Direct preference optimisation",
    doc="n pairs of answers: log-probabilities w and l of the better and the worse one, u and v by the reference.",
    source="Rafailov, Sharma, Mitchell, Ermon, Manning and Finn (2023), section 4",
    names="i: index[n]; w: real[n]; l: real[n]; u: real[n]; v: real[n]; beta: positive",
    bindings="""
        h_i = beta ((w_i - u_i) - (l_i - v_i))
        L = -1/n sum_i log sigmoid(h_i)
    """,
    targets="dL/dw dL/dl dL/dbeta dL/dh L",
)

"""One step of the Kalman filter: predict, look, correct; and the likelihood of what is seen.

    a = Fm    A = FPFᵀ + Q    S = HAHᵀ + R    e = y - Ha    G = AHᵀS⁻¹
    m' = a + Ge    P' = A - GHA    LL = log N(y; Ha, S)
    ∂LL/∂a = HᵀS⁻¹e    ∂LL/∂S = ½ (S⁻¹eeᵀS⁻¹ - S⁻¹)

Source: S. Särkkä, Bayesian Filtering and Smoothing (2013), sections 4.3 and 12.3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="kalman",
    title="Kalman filter",
    doc="Mean m and covariance P before, transition F with noise Q, what is seen y by H with noise R.",
    source="Särkkä (2013), section 4.3",
    names=(
        "m: real[d]; P: posdef[d]; F: real[d,d]; Q: posdef[d]; H: real[k,d]; R: posdef[k]; y: real[k]; A: posdef[d]; "
        "S: posdef[k]"
    ),
    bindings="""
        a = F m
        A = F P F^T + Q
        S = H A H^T + R
        e = y - H a
        LL = log N(e; 0, S)
    """,
    targets="dLL/dm dLL/dR dLL/dQ dLL/dF LL",
    loss="LL",
    variants={
        "line": Variant(
            "Of numbers, over time: the log-likelihood of a whole series.",
            names=(
                "t: index[T]; m: -; m_0: real; P: positive[T]; P_0: positive; F: real; Q: positive; H: -; R: positive; "
                "y: real[T]; A: positive[T]; S: positive[T]"
            ),
            bindings="""
              a_t = F m_{t-1}
              A_t = F^2 P_{t-1} + Q
              S_t = A_t + R
              e_t = y_t - a_t
              m_t = a_t + A_t e_t/S_t
              P_t = A_t R/S_t
              LL = -1/2 sum_t (log(2 pi S_t) + e_t^2/S_t)
            """,
            targets="dLL/dR dLL/dQ dLL/dF LL",
        ),
    },
)

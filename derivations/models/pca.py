"""Principal components: directions of largest variance, and of least error of reconstruction.

    S = (1/n) XᵀX    V = wᵀSw    ∂V/∂w = 2Sw    largest under wᵀw = 1: Sw = λw
    autoencoder:  L = ½ ‖X - XWWᵀ‖²

Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 12.1.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="pca",
    title="Principal components",
    doc="n centred points, the rows of X, a direction w; S is the covariance, V the variance along w.",
    source="Bishop (2006), section 12.1",
    names="i: index[n]; X: real[n,d]; w: real[d]; S: symmetric[d]",
    bindings="""
        S = 1/n X^T X
        V = w^T S w
    """,
    targets="dV/dw d2V/dw2 V ",
    loss="V",
    variants={
        "several": Variant(
            "k directions, the columns of W.",
            names="w: -; W: real[d,k]",
            bindings="V = tr(W^T S W)",
            targets="dV/dW V ",
        ),
        "rayleigh": Variant("The quotient of Rayleigh.", bindings="V = w^T S w/(w^T w)", targets="dV/dw V"),
        "autoencoder": Variant(
            "The error of the reconstruction.",
            names="w: -; S: -; W: real[d,k]",
            bindings="S = -; V = -; Z = X W; E = Z W^T - X; L = 1/2 ||E||_F^2",
            targets="dL/dW dL/dE L",
        ),
    },
)

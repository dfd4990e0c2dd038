"""A recurrent layer over a sequence, and the cross-entropy of its outputs; backpropagation through time.

    h_t = tanh(W h_{t-1} + U x_t + b)    z_t = V h_t + c    ŷ_t = softmax(z_t)    L = -Σ_tl y_tl log ŷ_tl
    ∂L/∂z_t = ŷ_t - y_t
    ∂L/∂h_t = Vᵀ ∂L/∂z_t + Wᵀ ((1 - h_{t+1}²) ⊙ ∂L/∂h_{t+1})    for t < T, without the second term at T
    ∂L/∂W = Σ_t ((1 - h_t²) ⊙ ∂L/∂h_t) h_{t-1}ᵀ
    ∂L/∂U = Σ_t ((1 - h_t²) ⊙ ∂L/∂h_t) x_tᵀ    ∂L/∂h_0 = Wᵀ ((1 - h_1²) ⊙ ∂L/∂h_1)

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 10.2.2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="rnn",
    title="A recurrent network over time",
    doc="tanh, an output at each time, softmax and cross-entropy.",
    source="Goodfellow, Bengio and Courville (2016), section 10.2.2",
    names=(
        "t: index[T]; i: index[d]; j: index[d]; k: index[m]; l: index[K]; W: real[d,d]; U: real[d,m]; b: real[d]; "
        "V: real[K,d]; c: real[K]; h_0: real[d]; x: real[T,m]; y: onehot[T,K]; yhat: simplex[T,K]"
    ),
    bindings="""
        h_t = tanh(W h_{t-1} + U x_t + b)
        z_t = V h_t + c
        yhat_t = softmax(z_t)
        L = -sum_t sum_l y_tl log yhat_tl
    """,
    targets="dL/dW dL/dU dL/db dL/dV dL/dc dL/dh_0 dL/dx dL/dz L",
    variants={
        "last": Variant(
            "One target behind the last step, squared error.",
            names="V: -; c: -; l: -; y: real[d]; yhat: -",
            bindings="z = -; yhat = -; L = 1/2 sum_i (h_Ti - y_i)^2",
            targets="dL/dW dL/dU dL/db dL/dh_0 dL/dx L",
        ),
        "batch": Variant(
            "n sequences, the first axis of x and y.",
            names="s: index[n]; h_0: real[n,d]; x: real[n,T,m]; y: onehot[n,T,K]; yhat: simplex[n,T,K]",
            bindings="""
                h_{st} = tanh(W h_{s,t-1} + U x_{st} + b)
                z_{st} = V h_{st} + c
                yhat_{st} = softmax(z_{st})
                L = -sum_s sum_t sum_l y_stl log yhat_stl
            """,
        ),
    },
)

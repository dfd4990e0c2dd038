"""The six cases in JAX and PyTorch, as their users write them: automatic differentiation of the loss, float64, CPU. For
`numpy_speed.py`.

JAX is compiled by `jit`; PyTorch runs eagerly with its fused kernels (`log_softmax`, `cross_entropy`, `batch_norm`,
`scaled_dot_product_attention`), and batches the softmax Jacobian with `torch.func`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def jax_case(name: str, args: tuple[Any, ...]) -> Callable[[], Any]:
    """The compiled function of a case on its arguments, waiting for the result."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def logistic(X, w, y):
        def loss(w):
            z = X @ w
            return (jax.nn.softplus(z) - y * z).sum()

        return jax.grad(loss)(w)

    def softmax_jacobian(Z):
        return jax.vmap(jax.jacrev(jax.nn.softmax))(Z)

    def batch_norm(x, dy, gamma, eps=1e-5):
        def layer(x, gamma, beta):
            return gamma * (x - x.mean(axis=0)) / jnp.sqrt(x.var(axis=0) + eps) + beta

        return jax.vjp(layer, x, gamma, jnp.zeros_like(gamma))[1](dy)

    def cross_entropy(Z, T):
        return jax.grad(lambda Z: -(T * jax.nn.log_softmax(Z)).sum())(Z)

    def two_layer(X, T, W1, b1, W2, b2):
        def loss(W1, b1, W2, b2):
            return -(T * jax.nn.log_softmax(jax.nn.relu(X @ W1 + b1) @ W2 + b2)).sum()

        return jax.grad(loss, argnums=(0, 1, 2, 3))(W1, b1, W2, b2)

    def attention(Q, K, V, dO):
        def layer(Q, K, V):
            return jax.nn.softmax(Q @ K.swapaxes(-1, -2) / Q.shape[-1] ** 0.5) @ V

        return jax.vjp(layer, Q, K, V)[1](dO)

    functions = {
        "logistic": logistic,
        "softmax": softmax_jacobian,
        "batch": batch_norm,
        "cross-entropy": cross_entropy,
        "two": two_layer,
        "attention": attention,
    }
    compiled = jax.jit(functions[name.split()[0]])
    held = tuple(jax.device_put(a) for a in args)

    def run() -> Any:
        return jax.block_until_ready(compiled(*held))

    return run


def torch_case(name: str, args: tuple[Any, ...]) -> Callable[[], Any]:
    """The function of a case on its arguments as tensors; the results are NumPy views of tensors."""
    import torch
    from torch.nn import functional as F

    def gradients(loss: Callable[..., Any], *at: Any, upstream: Any = None) -> tuple[Any, ...]:
        leaves = tuple(a.detach().requires_grad_() for a in at)
        return torch.autograd.grad(loss(*leaves), leaves, upstream)

    def logistic(X, w, y):
        return gradients(lambda w: F.binary_cross_entropy_with_logits(X @ w, y, reduction="sum"), w)

    def softmax_jacobian(Z):
        return torch.func.vmap(torch.func.jacrev(lambda z: torch.softmax(z, 0)))(Z)

    def batch_norm(x, dy, gamma, eps=1e-5):
        return gradients(
            lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True, eps=eps),
            x,
            gamma,
            torch.zeros_like(gamma),
            upstream=dy,
        )

    def cross_entropy(Z, T):
        return gradients(lambda Z: F.cross_entropy(Z, T, reduction="sum"), Z)

    def two_layer(X, T, W1, b1, W2, b2):
        def loss(W1, b1, W2, b2):
            return F.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, T, reduction="sum")

        return gradients(loss, W1, b1, W2, b2)

    def attention(Q, K, V, dO):
        return gradients(F.scaled_dot_product_attention, Q, K, V, upstream=dO)

    functions = {
        "logistic": logistic,
        "softmax": softmax_jacobian,
        "batch": batch_norm,
        "cross-entropy": cross_entropy,
        "two": two_layer,
        "attention": attention,
    }
    run = functions[name.split()[0]]
    tensors = tuple(torch.from_numpy(a) for a in args)

    def numbers() -> Any:
        made = run(*tensors)
        made = tuple(t.numpy() for t in made) if isinstance(made, tuple) else made.numpy()
        return made[0] if isinstance(made, tuple) and len(made) == 1 else made

    return numbers

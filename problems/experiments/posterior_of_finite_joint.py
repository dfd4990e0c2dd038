"""A random finite joint distribution with θ independent of x: posterior and likelihood times prior have the same
maximiser."""

from __future__ import annotations

import numpy as np

from problems.experiments import Outcome


def run(seed: int, thetas: int = 6, inputs: int = 4, outputs: int = 3) -> Outcome:
    """p(θ|x,y) from the joint table against p(y|x,θ) p(θ), for every x and y."""
    rng = np.random.default_rng(seed)
    prior, marginal = rng.dirichlet(np.ones(thetas)), rng.dirichlet(np.ones(inputs))
    likelihood = rng.dirichlet(np.ones(outputs), size=(thetas, inputs))
    joint = prior[:, None, None] * marginal[None, :, None] * likelihood
    posterior = joint / joint.sum(axis=0)
    product = likelihood * prior[:, None, None]
    same = posterior.argmax(axis=0) == product.argmax(axis=0)
    ratio = product / posterior
    spread = float((ratio.max(axis=0) - ratio.min(axis=0)).max())
    rows = (
        ("pairs (x, y) with the same maximiser", f"{int(same.sum())} of {same.size}"),
        ("spread of the ratio over θ", f"{spread:.2g}"),
    )
    return Outcome(bool(same.all() and spread < 1e-12), ("", ""), rows, "The ratio is p(y|x): it does not depend on θ.")

"""The phrases that are harmless beside an answer, and the words in which reasons and glosses are given: tables, each
group with the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.frozen import frozen


@frozen
class Group:
    """Phrases that are harmless for one reason.

    before   whether they may stand in front of an answer; `opens`: an operator may follow at once, as in `so -a`
             (`loss - a` is a
             difference); `leads`: only before another harmless phrase
    behind   the groups one of which stands just before them behind an answer ("" is the answer itself); () where they
             never do
    """

    name: str
    why: str
    phrases: frozenset[str]
    before: bool = True
    behind: tuple[str, ...] = ()
    opens: bool = False
    leads: bool = False


def phrases(text: str) -> frozenset[str]:
    return frozenset(p.strip() for p in text.split(","))


GROUPS: tuple[Group, ...] = (
    Group("lead-in", "they say that an answer comes", phrases(
        ("so, thus, hence, therefore, then, finally, now, indeed, namely, overall, altogether, in total, "
"consequently, accordingly, clearly, obviously, ok, okay, and so, and thus, and hence, and therefore, "
"and finally, "
"we, you, this, that, it, which, there, here, one gets, one obtains, one has, one finds, i get, i "
"got, i obtain, i have, i find, i found, i choose, i pick, i think, i believe, i guess, i conclude, i "
"would choose, i would say, "
"get, gets, got, obtain, obtains, have, has, find, finds, found, conclude, choose, pick, write, see, "
"need, give, gives, giving, yield, yields, yielding, read, reads, becomes, i.e., that means, this "
"means, which means, this implies, "
"it follows, it follows that, it holds that, must hold, must hold that, simplifying, substituting, "
"plugging in, differentiating, rearranging, in other words, in short, in summary, recall that, note "
"that, we know that, "
"setting the derivative to zero, setting the gradient to zero, setting it to zero, setting this to zero, "
"setting it equal to zero, setting the derivative equal to zero, setting the gradient equal to zero, "
"simplify, simplifies to, simplify to, reduces to, reduce to, amounts to, comes to, comes out as, "
"comes out to be, turns out to be, works out to, works out as, evaluates to, can be written as, can "
"be written, just, simply, as follows, let us write, given by"),
    ), opens=True),
    Group("copula", "they say that what stands beside them is the answer",
        phrases("is, are, be, being, equals, equal, equal to, is equal to, are equal to"),
    behind=("", "which", "unit"), opens=True),
    Group("article", "they belong to the noun that follows", phrases("the, a, an, my, our, your, its, their"),
        behind=("copula",), leads=True),
    Group("adjective", "they say which answer is meant", phrases(
        ("final, required, desired, wanted, requested, sought, asked, asked for, complete, simplified, "
"closed-form, partial"),
    ), behind=("copula", "article", "adjective", "assent"), leads=True),
    Group("assent", "they say what every answer says of itself", phrases("correct, right, true"),
        behind=("copula", "article", "adjective"), leads=True),
    Group("noun", "they name what is asked", phrases(
        ("answer, ans, answers, result, results, solution, value, values, expression, formula, equation, "
"equations, normal equation, normal equations, condition, conditions, inequality, claim, statement, "
"quantity, function, "
"shape, size, dimension, dimensions, number, count, total, total number, "
"rule, rules, steps, proof, derivation, chain, form, closed form, option, choice, "
"lhs, rhs, left-hand side, right-hand side, left side, right side"),
    ), behind=("copula", "article", "adjective", "assent")),
    Group("quantity", "they name what is asked, and not what stood before", phrases(
        ("gradient, derivative, partial derivative, jacobian, hessian, loss, loss function, cost, cost function, "
"objective, cross-entropy, cross entropy, entropy, likelihood, log-likelihood, log likelihood, mse, bce, nll, ce, kl, "
"kl divergence, probability, output, prediction, update, updates, update rule, update rules, saliency, saliency map, "
"score, margin, residual, error, error term, error signal, activation, estimate, estimator, minimizer, maximizer, "
"posterior, prior, logit, logits, subgradient"),
    ), behind=("copula", "article", "adjective", "assent")),
    Group("joint", "they join the name of what is asked to what it belongs to", phrases("of, for"), leads=True),
    Group("which", "they join a sentence about the answer to it", phrases("which, this, that, it"), before=False,
        behind=("",)),
    Group("close", "they say that the answer is one", phrases(
        ("as desired, as required, as asked, as wanted, as expected, as needed, as requested, as claimed, as "
"stated, as was to be shown, qed, q.e.d., done, total, in total, altogether, overall, of course, "
"indeed, holds, is what is asked, "
"is what was asked, rounded, in simplified form, in closed form, after simplifying, after "
"simplification, natural log, natural logarithm, base e"),
    ), before=False, behind=("", "unit", "which", "noun", "quantity", "assent", "close")),
)  # fmt: skip
"""The words that are harmless. `natural log` says of a number what holds of every one here."""

ABOUT = phrases("about, approximately, approx, approx., roughly, circa, ca, ca., around")
"""Words before a number, which its digits say as well."""

REFERRED = phrases(
    "line, step, part, question, problem, example, class, layer, unit, input, point, output, equation, option, case"
)
"""Nouns that are harmless with the number or letter of what they name: `Line A:`, `example 1 is`."""

OPENERS = phrases("since, because, as, by, using, due to, thanks to, follows from")
"""Words that open a reason."""

REASONS: Mapping[str, frozenset[str]] = MappingProxyType({
    "joints": phrases(
        ("only, depends, depend, numerator, denominator, "
"is, are, be, being, was, has, have, does, do, can, we, it, its, they, this, that, these, which, "
"there, here, the, a, an, of, for, to, in, on, at, with, from, and, by, as, so, then, both, each, "
"all, every, any, when, since, because, "
"using, also, over, between, into, through, our, us, one, another, other, same, itself, just, always, "
"together, respect, after, before, see, thus, hence, therefore, must, get, obtain, find, gives, we've, that's, it's"),
    ),
    "rules": phrases(
        ("chain, rule, rules, product, quotient, sum, power, derivative, derivatives, differentiation, "
"differentiating, partial, total, linearity, linear, definition, definitions, defined, symmetry, "
"symmetric, identity, identities, theorem, "
"lemma, law, bayes, jensen, inequality, equality, equation, formula, induction, substitution, "
"substituting, substituted, plugging, expansion, expanding, expand, factoring, factor, factors, "
"common, cancellation, cancel, cancels, "
"cancelling, canceling, simplify, simplifying, simplification, simplifies, rearranging, collecting, "
"collect, combine, combining, distributivity, distributive, commutative, commutes, associativity, "
"associative, logarithm, logarithms, "
"exponential, exponentials, trace, transpose, cyclic, property, properties, assumption, hypothesis, "
"independence, independent, iid, i.i.d., normalisation, normalization, normalised, normalized, sums, "
"adds, add, up, unity, convex, "
"convexity, concave, monotone, monotonic, monotonicity, increasing, continuous, smooth, "
"differentiable, holds, given, known, stated, shown, above, previous, earlier, last, first, second, "
"next, line, step, part, problem, question, "
"lecture, construction, convention, separately, elementwise, entrywise, componentwise, entry, "
"entries, component"),
    ),
    "things": phrases(
        ("sigmoid, softmax, relu, tanh, log, exp, loss, cost, network, layer, layers, hidden, output, outputs, "
"input, inputs, activation, activations, function, functions, model, data, dataset, training, test, "
"example, examples, sample, "
"samples, point, points, label, labels, class, classes, feature, features, weight, weights, bias, "
"biases, parameter, parameters, gradient, gradients, unit, units, neuron, neurons, batch, batches, "
"mean, variance, matrix, matrices, "
"vector, vectors, scalar, scalars, row, rows, column, columns, index, indices, term, terms, "
"probability, probabilities, prior, likelihood, posterior, density, distribution, gaussian, normal, "
"variable, variables, constant, number, "
"numbers, real, value, values, path, paths, node, nodes, decision, boundary, hyperplane, plane, "
"composition, map, maps, affine, nonlinear, nonlinearity, non-linear, separable, linearly, capacity, "
"kernel, regularisation, "
"regularization, regulariser, regularizer, penalty, rate, learning, optimum, diagonal, one-hot, "
"onehot, indicator, expression, expressions, side, sides, noise, accuracy, error, residual, "
"residuals, prediction, predictions, target, targets, invertible, singular, non-singular, nonsingular, "
"definite, positive definite, full, rank, full rank, symmetric, orthogonal, convex, concave, strictly"),
    ),
})  # fmt: skip
"""The words in which reasons are given, and remarks in lines of code. They speak of the formulas of a reason, which are
judged."""

GLOSSES = phrases(
    "denotes, denote, stands, called, named, true, predicted, logistic, euclidean, norm, size, sizes, length, "
    "count, momentum, velocity, deviation, standard, slope, estimate, estimates, dimension, dimensions, i-th, "
    "j-th, k-th, new, old, "
    "kronecker, noisy, smoothed, unnormalised, unnormalized, normalised, normalized, matrix, vector, scalar, "
    "sample, samples, empirical, errors, responsibilities, softened, mask, masks, gram, counts, total, overall, "
    "current, ones, all-ones, strength, coefficient, coefficients, intermediate, binary, cross-entropy, entropy"
)
"""Further words in which an answer says what a name of the question is: `where y is the true label`."""

REASONING = frozenset().union(*REASONS.values())

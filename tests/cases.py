"""Everything under the laws of `surjax.testing`: transforms, distributions, autoregressive networks."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import surjax as sx
from surjax import nn
from surjax import univariate as uni
from surjax.nn import MADE, MLP, ConvLSTM
from surjax.testing import AutoregressiveCase, DistributionCase, TransformCase, integers, normal, uniform

FAR = (1e-12, 1e4, -1e4)
"""Inputs far out in the tails, and all but zero."""

SPLINE_EDGES = ([5.0, -5.0], [0.0, 5.0001], *([far, far] for far in FAR))
"""Where a spline on [−5, 5] meets its tails, and far out in them."""

ORDERINGS = np.array(list(itertools.permutations(range(3))))
"""All of three items."""


def mlp_coupling(univariate, swap=False):
    """A coupling of four numbers, moved by a small network."""
    return lambda key: sx.Coupling(
        (4,), univariate, MLP(2, 2 * univariate.num_params, hidden=(8,), key=key), swap=swap
    )


def checkerboard_coupling(key):
    """An affine coupling of one image channel with a checkerboard mask, moved by a convolution."""
    network = nn.BoundedScale(nn.OnCheckerboard(nn.Conv(2, 2, 3, key=key), white=True))
    board = sx.Checkerboard()
    return sx.Chain(board, sx.Coupling((2, 2, 2), uni.Affine(), network, swap=True), sx.Inverse(board))


def conditional(family, in_size, key, hidden=(8,)):
    """A distribution whose parameters a small network gives, for a vector or a scalar."""
    out_size = math.prod(family.shape) * family.num_params
    return sx.Conditional(family, MLP(in_size, out_size, hidden=hidden, key=key))


def dense_net(in_channels, out_channels, key):
    """A small network of images."""
    return sx.nn.DenseNet(in_channels, out_channels, width=4, depth=1, growth=2, key=key)


def on_unit_interval(key, in_size=1):
    """A density on [0, 1] with a spline's shape, conditioned on in_size numbers."""
    spline = uni.RationalQuadraticSpline(4, (0.0, 1.0))
    network = MLP(in_size, spline.num_params, hidden=(8,), key=key)
    return sx.Flow(sx.Uniform((1,)), sx.ConditionalElementwise((1,), spline, network))


def two_modes(*shape):
    """A sampler of numbers that no normal distribution has: about −3 or about 3."""
    return lambda key: (
        jax.random.normal(key, shape) * 0.5
        + jax.random.choice(jax.random.fold_in(key, 1), jnp.array([-3.0, 3.0]), shape)
    )


def zero_inflated(key):
    """0 or 2.5, or a number of a normal distribution; each as often."""
    return jnp.stack([jnp.zeros(()), jnp.array(2.5), jax.random.normal(key)])[
        jax.random.randint(jax.random.fold_in(key, 1), (1,), 0, 3)
    ]


def started(transform, xs):
    """The transform after its start on a batch, which is compiled: op by op it takes longer."""
    return eqx.filter_jit(transform.initialize)(xs)[0]


def with_gaps(transform, key, size):
    """A transform of missing entries after its start on a batch with some."""
    rows = jax.random.normal(key, (60, size)) @ jnp.triu(jnp.ones((size, size)))
    missing = jax.random.uniform(jax.random.fold_in(key, 1), rows.shape) < 0.3
    return eqx.filter_jit(lambda xs, m: transform.initialize(xs, None, m))(rows, missing)[0]


def whitened_given(key, clip=False):
    """Whitening of two numbers given two others that they follow from."""
    both = jax.random.normal(key, (50, 4)) @ jnp.triu(jnp.ones((4, 4)))
    return eqx.filter_jit(sx.Whiten(2, 2, clip).initialize)(both[:, 2:], None, both[:, :2])[0]


def mixture_given(key):
    """A mixture of a number that is about 6 or −6, and near the number that is given."""
    x = jnp.where(jnp.arange(60)[:, None] % 3 == 0, -6.0, 6.0) + jax.random.normal(key, (60, 1))
    return sx.StudentMixture(1, 2, 1, context_size=1).initialize(x, key, 0.2 * x + jnp.sin(7 * x))


def linear_normal(table):
    """Normals with linear means and log scales: rows m₁, log σ₁, m₂, …; columns slopes, then offset."""
    family = sx.Normal((len(table) // 2,))
    network = MLP(table.shape[1] - 1, len(table), hidden=(), key=jax.random.key(0))
    network = eqx.tree_at(
        lambda n: (n.layers[0].weight, n.layers[0].bias),
        network,
        (jnp.asarray(table[:, :-1], float), jnp.asarray(table[:, -1], float)),
    )
    return sx.Conditional(family, network)


LINEAR = np.array([[1.0, 0.2], [0.0, np.log(0.7)], [-0.5, 0.0], [0.0, np.log(0.9)]])
"""A decoder of two numbers out of one."""


def linear_gaussian_truth(x):
    """log p(x) for x = Wz + b + noise by `LINEAR`, and z ~ N(0, 1)."""
    slope, offset, log_scale = LINEAR[::2, 0], LINEAR[::2, 1], LINEAR[1::2, 1]
    covariance = np.outer(slope, slope) + np.diag(np.exp(2 * log_scale))
    return jax.scipy.stats.multivariate_normal.logpdf(x, offset, covariance)


def small_images_of_means():
    """The 2 × 2 grey images whose rounded mean is 0 … 3 and whose differences are −3 … 3: all that there are
    of two bits, and others with pixels outside the range."""
    means, *differences = np.array(list(itertools.product(range(4), *[range(-3, 4)] * 3))).T
    first = means - (2 - sum(differences)) // 4
    return np.stack([first, *(first - difference for difference in differences)], 1).reshape(-1, 1, 2, 2)


def extremes(high, *shape):
    """The darkest and the brightest image of a shape, and the two checkerboards of both."""
    board = np.indices(shape).sum(0) % 2
    return (0 * board, high + 0 * board, high * board, high - high * board)


def log_cell(x, loc, scale):
    """log P(x ≤ y < x + 1), summed over the elements, for y ~ N(loc, scale²)."""
    cdf = jax.scipy.stats.norm.cdf
    return jnp.log(cdf(x + 1, loc, scale) - cdf(x, loc, scale)).sum()


TRANSFORMS: dict[str, TransformCase] = {
    # compositions
    "Chain": TransformCase(
        lambda k: sx.Chain(mlp_coupling(uni.Affine("tanh_exp"))(k), sx.AbsoluteValue((4,))),
        normal(4),
        base=lambda: sx.HalfNormal((4,)),
    ),
    "Repeat": TransformCase(lambda k: sx.Repeat(mlp_coupling(uni.Affine()), 3, key=k), normal(4)),
    "Chain(bijections)": TransformCase(
        lambda k: sx.Chain(sx.ActNorm((4,)), mlp_coupling(uni.Affine())(k), sx.Reverse()),
        normal(4),
        trained=0.2,
    ),
    "Repeat(chain)": TransformCase(
        lambda k: sx.Repeat(lambda k: sx.Chain(sx.ActNorm((3,)), sx.Reverse()), 2, key=k), normal(3)
    ),
    "Inverse": TransformCase(lambda k: sx.Inverse(mlp_coupling(uni.Affine())(k)), normal(4)),
    "Inverse(chain)": TransformCase(
        lambda k: sx.Inverse(sx.Chain(sx.ActNorm((4,)), mlp_coupling(uni.Affine(), swap=True)(k))), normal(4)
    ),
    "Inverse(Repeat(chain))": TransformCase(
        lambda k: sx.Inverse(sx.Repeat(lambda k: sx.Chain(sx.ActNorm((3,)), sx.Reverse()), 2, key=k)),
        normal(3),
    ),
    # bijections
    "Coupling(Affine exp)": TransformCase(
        mlp_coupling(uni.Affine()), normal(4), base=lambda: sx.Normal((4,))
    ),
    "Coupling(of)": TransformCase(
        lambda k: sx.Coupling.of((3,), uni.Affine(), MLP.of(hidden=(8,)), context_shape=(2,), key=k),
        normal(3),
        context=normal(2),
    ),
    "Coupling(Affine softplus)": TransformCase(mlp_coupling(uni.Affine("softplus"), swap=True), normal(4)),
    "Coupling(Shift)": TransformCase(mlp_coupling(uni.Shift()), normal(4)),
    "Coupling(RationalQuadraticSpline)": TransformCase(
        mlp_coupling(uni.RationalQuadraticSpline(8)), normal(4), base=lambda: sx.Normal((4,))
    ),
    "Elementwise(RationalQuadraticSpline)": TransformCase(
        lambda k: sx.Elementwise((2,), uni.RationalQuadraticSpline(8)),
        normal(2, scale=4.0),
        edges=SPLINE_EDGES,
        base=lambda: sx.Normal((2,)),
        trained=2.0,
    ),
    "Coupling(DenseNet, context)": TransformCase(
        lambda k: sx.Coupling((4, 1, 2), uni.Affine("tanh_exp"), dense_net(3, 4, k)),
        normal(4, 1, 2),
        context=normal(1, 1, 2),
        trained=0.2,
    ),
    "ConditionalElementwise": TransformCase(
        lambda k: sx.ConditionalElementwise((2,), uni.Affine(), MLP(3, 4, hidden=(8,), key=k)),
        normal(2),
        context=normal(3),
        base=lambda: sx.Normal((2,)),
    ),
    **{
        f"Elementwise({type(spline).__name__})": TransformCase(
            lambda k, spline=spline: sx.Elementwise((2,), spline),
            normal(2, scale=4.0),
            edges=SPLINE_EDGES,
            base=lambda: sx.Normal((2,)),
            bounds=(-350 / 30, 351 / 30),  # so that the linear spline's jumps lie between two cells
            trained=2.0,
        )
        for spline in (uni.LinearSpline(4), uni.QuadraticSpline(4), uni.CubicSpline(4))
    },
    **{
        f"Elementwise({type(mixture).__name__})": TransformCase(
            lambda k, mixture=mixture: sx.Elementwise((2,), mixture),
            normal(2, scale=4.0),
            edges=([0.0, 5.0], *([far, -far] for far in FAR)),
            base=base,
            bounds=(-30.0, 30.0),
        )
        for mixture, base in (
            (uni.LogisticMixture(3), lambda: sx.Logistic((2,))),
            (uni.NormalMixture(3), lambda: sx.Normal((2,))),
        )
    },
    "Coupling(LogisticMixture, shift first)": TransformCase(
        mlp_coupling(uni.LogisticMixture(3, 0.0, 0.5, shift_first=True, hard_floor=True), swap=True),
        normal(4),
    ),
    "Coupling(Affine plain_sigmoid)": TransformCase(mlp_coupling(uni.Affine("plain_sigmoid")), normal(4)),
    "Coupling(LogisticMixture)": TransformCase(mlp_coupling(uni.LogisticMixture(3)), normal(4)),
    "Coupling(Affine, checkerboard)": TransformCase(checkerboard_coupling, normal(1, 2, 4)),
    "Elementwise(CircularSpline)": TransformCase(
        lambda k: sx.Elementwise((2,), uni.CircularSpline(4)),
        uniform(2, low=-3.1, high=3.1),
        edges=([3.1415, -3.1415], [0.0, 1e-12]),
        base=lambda: sx.UniformTorus((2,)),
        bounds=(-math.pi, math.pi),
        trained=1.0,
    ),
    "Coupling(CircularSpline, Periodic)": TransformCase(
        lambda k: sx.Coupling.of((3,), uni.CircularSpline(4), nn.Periodic.of(MLP.of(hidden=(8,))), key=k),
        uniform(3, low=-3.1, high=3.1),
    ),
    "MaskedAutoregressive(Affine, context)": TransformCase(
        lambda k: sx.MaskedAutoregressive(uni.Affine(), MADE(4, 2, hidden=(9, 7), context_size=3, key=k)),
        normal(4),
        context=normal(3),
        base=lambda: sx.Normal((4,)),
        trained=0.2,
    ),
    "MaskedAutoregressive(RationalQuadraticSpline, reverse)": TransformCase(
        lambda k: sx.MaskedAutoregressive(
            uni.RationalQuadraticSpline(4), MADE(3, 11, hidden=(8,), reverse=True, key=k)
        ),
        normal(3),
        edges=([6.0, 0.0, -6.0], [5.0, -5.0, 5.0001]),
        base=lambda: sx.Normal((3,)),
    ),
    "MaskedAutoregressive(Affine, ConvLSTM)": TransformCase(
        lambda k: sx.MaskedAutoregressive(
            uni.Affine("tanh_exp"),
            ConvLSTM((3, 2, 2), 2, hidden=3, layers=2, size=3, context_channels=1, key=k),
        ),
        normal(3, 2, 2),
        context=normal(1, 2, 2),
        trained=0.2,
    ),
    "ActNorm": TransformCase(lambda k: sx.ActNorm((3,)), normal(3), base=lambda: sx.Normal((3,))),
    "ActNorm(channels)": TransformCase(lambda k: sx.ActNorm((2, 2, 3)), normal(2, 2, 3)),
    "ActNorm(elements)": TransformCase(lambda k: sx.ActNorm((2, 2, 3), elements=True), normal(2, 2, 3)),
    "LULinear": TransformCase(
        lambda k: sx.LULinear(3, key=k), normal(3), edges=([1e4, -1e4, 1e4],), base=lambda: sx.Normal((3,))
    ),
    "Standardize": TransformCase(
        lambda k: sx.Standardize([0.5, -2.0], [0.7, 1.5]), normal(2), base=lambda: sx.Normal((2,))
    ),
    "Permute": TransformCase(lambda k: sx.Permute((2, 0, 3, 1)), normal(4, 2)),
    "Shuffle": TransformCase(lambda k: sx.Shuffle(5, key=k), normal(5)),
    "Reverse": TransformCase(lambda k: sx.Reverse(), normal(3, 2)),
    "Reverse(axis)": TransformCase(lambda k: sx.Reverse(axis=-1), normal(3, 2)),
    "Rotation": TransformCase(lambda k: sx.Rotation(3, key=k), normal(3), base=lambda: sx.Normal((3,))),
    "Reshape": TransformCase(lambda k: sx.Reshape((2, 3), (3, 2)), normal(2, 3)),
    "Affine": TransformCase(
        lambda k: sx.Affine((2,), 0.5, jnp.array([-2.0, 0.7])), normal(2), base=lambda: sx.Normal((2,))
    ),
    "Affine(any shape)": TransformCase(lambda k: sx.Affine(scale=1e6, trainable=False), normal(2, 3)),
    "Scale": TransformCase(lambda k: sx.Scale(-2.0), normal(2, 3), edges=(jnp.full((2, 3), 1e30),)),
    "Scale(near 0)": TransformCase(lambda k: sx.Scale(jnp.array([1e-12, -1e-6])), normal(2)),
    "Scale(channels, learned)": TransformCase(
        lambda k: sx.Scale(jnp.array([[1e-3], [5.0]]), trainable=True), normal(2, 3)
    ),
    "Shift": TransformCase(lambda k: sx.Shift(0.5, (2,), trainable=True), normal(2)),
    "PlainLinear": TransformCase(
        lambda k: sx.PlainLinear(3, key=k), normal(3), base=lambda: sx.Normal((3,)), trained=0.2
    ),
    "Conv1x1": TransformCase(lambda k: sx.Conv1x1(3, key=k), normal(3, 2, 2)),
    "Conv1x1(plain)": TransformCase(lambda k: sx.Conv1x1(3, "plain", key=k), normal(3, 2, 2), trained=0.2),
    "Squeeze": TransformCase(lambda k: sx.Squeeze(), normal(2, 4, 6)),
    "Checkerboard": TransformCase(lambda k: sx.Checkerboard(), normal(2, 3, 4)),
    "Checkerboard(columns)": TransformCase(lambda k: sx.Checkerboard(columns=True), normal(2, 3, 4)),
    "Inverse(Squeeze)": TransformCase(lambda k: sx.Inverse(sx.Squeeze(3)), normal(9, 1, 2)),
    "Logit": TransformCase(
        lambda k: sx.Logit(),
        uniform(2),
        edges=([1e-30, 0.5], [1e-6, 0.999]),
        base=lambda: sx.Logistic((2,)),
        bounds=(0.0, 1.0),
        repeats=False,
    ),
    "Logit(squeeze)": TransformCase(lambda k: sx.Logit(0.05), uniform(2), edges=([0.0, 1.0],), repeats=False),
    "Bounded": TransformCase(
        lambda k: sx.Bounded(0.0, 1.0, (2,)),
        uniform(2),
        edges=([0.0, 1.0], [1e-30, 0.999999]),
        base=lambda: sx.Logistic((2,)),
        bounds=(0.0, 1.0),
        repeats=False,
    ),
    "Bounded(low)": TransformCase(
        lambda k: sx.Bounded(low=2.0),
        uniform(2, low=2.0, high=9.0),
        edges=([2.0, 1e6],),
        base=lambda: sx.Logistic((2,)),
        bounds=(2.0, 32.0),
        repeats=False,
    ),
    "Bounded(high)": TransformCase(
        lambda k: sx.Bounded(high=-2.0),
        uniform(2, low=-9.0, high=-2.0),
        edges=([-2.0, -1e6],),
        repeats=False,
    ),
    "Sigmoid": TransformCase(
        lambda k: sx.Sigmoid(), normal(2, scale=2.0), edges=([-80.0, 8.0],), base=lambda: sx.Uniform((2,))
    ),
    "Softplus": TransformCase(
        lambda k: sx.Softplus(),
        normal(2, scale=3.0),
        edges=([-80.0, 80.0], [1e4, 1e-12]),
        base=lambda: sx.HalfNormal((2,)),
    ),
    "Simplex": TransformCase(
        lambda k: sx.Simplex(4),
        lambda k: jax.random.dirichlet(k, jnp.full(4, 0.7)),
        edges=([0.25, 0.25, 0.25, 0.25], [1e-12, 0.5, 0.5 - 1e-6, 1e-6]),
        repeats=False,
        tangent=np.concatenate([np.eye(3), -np.ones((1, 3))]),
    ),
    "Tanh": TransformCase(
        lambda k: sx.Tanh(),
        normal(2),
        edges=([4.0, -4.0], [0.0, 1e-12]),
        base=lambda: sx.Uniform((2,), -1.0, 1.0),
    ),
    "LeakyReLU": TransformCase(
        lambda k: sx.LeakyReLU(0.5),
        normal(2),
        edges=([0.0, -0.0], [1e30, -1e30]),
        base=lambda: sx.Normal((2,)),
        bounds=(-350 / 30, 351 / 30),  # the jump lies between two cells
    ),
    # side by side, any kind
    "Parallel(bijections)": TransformCase(
        lambda k: sx.Parallel((sx.ActNorm((2,)), sx.Softplus(), sx.Scale(-3.0)), (2, 1, 1)), normal(4)
    ),
    "Parallel": TransformCase(
        lambda k: sx.Parallel((sx.AbsoluteValue((1,)), sx.Max(2), sx.Scale(2.0)), (1, 2, 2)), normal(5)
    ),
    "Parallel(stochastic)": TransformCase(
        lambda k: sx.Parallel((sx.StochasticPermutation((2,)), sx.Scale(2.0)), (2, 1)), normal(3)
    ),
    "Parallel(channels)": TransformCase(
        lambda k: sx.Parallel((sx.Slice((3, 2, 1), 1), sx.Scale(2.0)), (3, 1), (2, 1)), normal(4, 2, 1)
    ),
    "Gaussianize": TransformCase(
        lambda k: started(sx.Gaussianize((2,), 8), jax.random.gamma(k, 2.0, (200, 2))),
        uniform(2, low=-1.0, high=8.0),
        edges=([0.0, 1e4], [-1e4, 3.0]),
        base=lambda: sx.Normal((2,)),
        bounds=(-8.0, 25.0),
    ),
    "Whiten": TransformCase(
        lambda k: started(sx.Whiten(3), jax.random.normal(k, (50, 3)) @ jnp.triu(jnp.ones((3, 3)))),
        normal(3),
        base=lambda: sx.Normal((3,)),
    ),
    "WhitenMissing": TransformCase(
        lambda k: with_gaps(sx.WhitenMissing(2), k, 2),
        normal(2),
        context=lambda k: jnp.array([True, True]),
        base=lambda: sx.Normal((2,)),
    ),
    "WhitenMissing(some)": TransformCase(
        lambda k: with_gaps(sx.WhitenMissing(3), k, 3),
        normal(3),
        context=lambda k: jax.random.permutation(k, jnp.array([True, False, True])),
    ),
    "Imputed": TransformCase(
        lambda k: sx.Imputed.of(
            sx.Parallel([sx.Scale(2.0), sx.LeakyReLU(), sx.Softplus()], [1, 1, 1]),
            MLP.of(hidden=(8,)),
            univariate=uni.Affine(),
            key=k,
        ),
        normal(3),
        repeats=False,
    ),
    "Whiten(context)": TransformCase(
        whitened_given,
        normal(2),
        context=normal(2),
        base=lambda: sx.Normal((2,)),
    ),
    "Whiten(context, clip)": TransformCase(
        lambda key: whitened_given(key, clip=True),
        normal(2),
        context=lambda key: 5 * jax.random.normal(key, (2,)),
        base=lambda: sx.Normal((2,)),
    ),
    "JohnsonSU": TransformCase(
        lambda k: started(sx.JohnsonSU((2,)), jax.random.gamma(k, 2.0, (100, 2))),
        normal(2),
        base=lambda: sx.Normal((2,)),
        bounds=(-60.0, 60.0),
        trained=0.1,
    ),
    "MarginalMixture": TransformCase(
        lambda k: sx.MarginalMixture((2,), 3), two_modes(2), base=lambda: sx.Normal((2,)), trained=0.3
    ),
    # surjections
    "AbsoluteValue": TransformCase(
        lambda k: sx.AbsoluteValue((3,)),
        normal(3),
        edges=([0.0, -0.0, 1e30],),
        base=lambda: sx.HalfNormal((3,)),
    ),
    "AbsoluteValue(elements, learned)": TransformCase(
        lambda k: sx.AbsoluteValue(
            (2,), sx.Conditional(sx.Bernoulli((1,)), MLP(2, 1, hidden=(8,), key=k)), (0,)
        ),
        normal(2),
    ),
    "AbsoluteValue(whole)": TransformCase(
        lambda k: sx.AbsoluteValue((2,), sx.Bernoulli((1,), trainable=True), whole=True),
        normal(2),
        edges=([0.0, -3.0], [-0.0, 1.0]),
        base=lambda: sx.Uniform((2,), jnp.array([0.0, -4.0]), 4.0),
        bounds=(-4.0, 4.0),
    ),
    "Slice": TransformCase(
        lambda k: sx.Slice((3,), 2, conditional(sx.Normal((1,)), 2, k)),
        normal(3),
        base=lambda: sx.Normal((2,)),
    ),
    "Slice(channels)": TransformCase(lambda k: sx.Slice((4, 2, 3), 1), normal(4, 2, 3)),
    "Slice(channels, learned)": TransformCase(
        lambda k: sx.Slice((4, 1, 2), 2, sx.Conditional(sx.Normal((2, 1, 2)), dense_net(2, 4, k))),
        normal(4, 1, 2),
        trained=0.1,
    ),
    "augment": TransformCase(
        lambda k: sx.augment((2,), 1, conditional(sx.Normal((1,)), 2, k)),
        normal(2),
        base=lambda: sx.Normal((3,)),
        truth=lambda x: sx.Normal((2,)).log_prob(x),
    ),
    "Sort": TransformCase(
        lambda k: sx.Sort(3),
        normal(3),
        edges=([1.0, 1.0, 1.0], [2.0, -0.0, 0.0], [1e30, -1e30, 0.0]),
        base=lambda: sx.Sorted(sx.Normal((3,))),
    ),
    "Sort(learned)": TransformCase(
        lambda k: sx.Sort(2, conditional(sx.PlackettLuce(2), 2, k)),
        normal(2),
        base=lambda: sx.Sorted(sx.Normal((2,))),
    ),
    "Max": TransformCase(
        lambda k: sx.Max(3),
        normal(3),
        edges=([1.0, 1.0, 1.0], [-2.0, 0.0, -0.0], [1e4, -1e4, 0.0]),
        base=lambda: sx.Normal((1,)),
    ),
    "Max(learned)": TransformCase(
        lambda k: sx.Max(
            2, sx.Joint(conditional(sx.Categorical((), 2), 1, k), conditional(sx.HalfNormal((1,)), 1, k))
        ),
        normal(2),
        base=lambda: sx.Normal((1,)),
        bounds=(-7.0, 7.0),
    ),
    "MaxPool": TransformCase(
        lambda k: sx.MaxPool((1, 2, 2)),
        normal(1, 2, 2),
        edges=([1.0] * 4, [-2.0, 0.0, -0.0, 1.0], [1e4, -1e4, 0.0, 1e4]),
        base=lambda: sx.Normal((1, 1, 1)),
    ),
    "MaxPool(learned)": TransformCase(
        lambda k: sx.MaxPool(
            (2, 4, 2),
            sx.Joint(
                sx.Conditional(sx.Categorical((2, 2, 1), 4), dense_net(2, 8, k)),
                sx.Conditional(sx.HalfNormal((6, 2, 1)), dense_net(2, 6, k)),
            ),
        ),
        normal(2, 4, 2),
        trained=0.1,
    ),
    "Pyramid": TransformCase(
        lambda k: sx.Pyramid(
            (1, 2, 2),
            sx.Flow(sx.Conditional(sx.DiscretizedLogistic((3, 1, 1), 7), dense_net(1, 6, k)), sx.Shift(3.0)),
        ),
        integers(1, 2, 2, high=4),
        edges=extremes(3, 1, 2, 2),
        base=lambda: sx.Categorical((1, 1, 1), 4, jnp.array([0.0, 1.0, -1.0, 0.5])),
        support=small_images_of_means(),
        trained=0.2,
    ),
    "Pyramid(nearest)": TransformCase(
        lambda k: sx.Pyramid(
            (1, 2, 2), sx.Conditional(sx.DiscretizedLogistic((3, 1, 1), 4), dense_net(1, 6, k)), "nearest"
        ),
        integers(1, 2, 2, high=4),
        edges=extremes(3, 1, 2, 2),
        base=lambda: sx.Categorical((1, 1, 1), 4, jnp.array([0.0, 1.0, -1.0, 0.5])),
        support=np.array(list(itertools.product(range(4), repeat=4))).reshape(-1, 1, 2, 2),
        trained=0.2,
    ),
    "Pyramid(8 bits)": TransformCase(
        lambda k: sx.Pyramid(
            (2, 4, 2),
            sx.Flow(sx.DiscretizedLogistic((6, 2, 1), 511, trainable=True), sx.Shift(255.0)),
        ),
        integers(2, 4, 2, high=256),
        edges=extremes(255, 2, 4, 2),
        trained=0.2,
    ),
    "Pyramid(8 bits, nearest)": TransformCase(
        lambda k: sx.Pyramid((2, 4, 2), sx.DiscretizedLogistic((6, 2, 1), trainable=True), "nearest"),
        integers(2, 4, 2, high=256),
        edges=extremes(255, 2, 4, 2),
        trained=0.2,
    ),
    "ReLU": TransformCase(
        lambda k: sx.ReLU((2,)),
        normal(2),
        edges=([0.0, -0.0], [1e-30, -1e-30], [1e4, -1e4]),
        base=lambda: sx.Rectified(sx.HalfNormal((2,))),
    ),
    "ReLU(learned)": TransformCase(
        lambda k: sx.ReLU((2,), conditional(sx.HalfNormal((2,)), 2, k)),
        normal(2),
        base=lambda: sx.Rectified(sx.HalfNormal((2,))),
        bounds=(-7.0, 7.02),  # the density jumps at 0, which these put between two cells
    ),
    "Rounding": TransformCase(
        lambda k: sx.Rounding(sx.Uniform((2,))),
        normal(2, scale=3.0),
        edges=([0.0, -1e-12], [255.99998, -256.0], [3.9999998, 7.0], [4e6, -4e6]),
        base=lambda: sx.Categorical((2,), 3, jnp.arange(3.0)),
        bounds=(0.0, 3.0),
    ),
    "Rounding(learned)": TransformCase(
        lambda k: sx.Rounding(on_unit_interval(k)),
        normal(1, scale=3.0),
        edges=([0.0], [-1e-12], [2.9999998]),
        base=lambda: sx.Categorical((1,), 3, jnp.arange(3.0)),
        bounds=(0.0, 3.0),
    ),
    "Quantize": TransformCase(
        lambda k: sx.Quantize((2,), 0.5),
        normal(2, scale=3.0),
        edges=([0.0, -1e-12], [255.99998, -256.0], [3.9999998, 7.0]),
    ),
    "Inverse(Quantize)": TransformCase(
        lambda k: sx.Inverse(sx.Quantize((1,), 0.1)),
        lambda key: 0.1 * integers(1, low=-20, high=60)(key).astype(float),
        edges=([0.3], [-25.6], [6553.5]),
        base=lambda: sx.Normal((1,), 2.0, 1.5),
        support=0.1 * np.arange(-100.0, 150.0)[:, None],
        truth=lambda x: jnp.log(jnp.diff(jax.scipy.stats.norm.cdf(jnp.append(x, x + 0.1), 2.0, 1.5))[0]),
    ),
    "Atoms": TransformCase(
        lambda k: sx.Atoms((0.0, 2.5)),
        zero_inflated,
        edges=([0.0], [1e-30], [1e4], [2.5], [2.4999998]),
        trained=0.1,
    ),
    "Atoms(bounded)": TransformCase(
        lambda k: sx.Atoms((0.0, 1.0), sx.Bounded(0.0, 1.0)),
        uniform(1),
        edges=([0.0], [1.0], [1e-30]),
        trained=0.1,
    ),
    "Atoms(steps)": TransformCase(
        lambda k: sx.Atoms((0.0,), sx.Inverse(sx.Quantize((1,), 0.5))),
        lambda key: 0.5 * integers(1, high=40)(key).astype(float),
        edges=([0.0], [19.5]),
        trained=0.1,
    ),
    "dequantize": TransformCase(
        lambda k: sx.dequantize((1,)),
        integers(1, low=-2, high=6),
        edges=([255.0], [-256.0], [65535.0], [4e6]),
        base=lambda: sx.Normal((1,), 2.0, 1.5),
        support=np.arange(-10.0, 15.0)[:, None],
        truth=lambda x: log_cell(x, 2.0, 1.5),
    ),
    "dequantize(variational)": TransformCase(
        lambda k: sx.dequantize((1,), on_unit_interval(k)),
        integers(1, low=-2, high=6),
        edges=([63.0],),
        base=lambda: sx.Normal((1,), 2.0, 1.5),
        support=np.arange(-10.0, 15.0)[:, None],
        truth=lambda x: log_cell(x, 2.0, 1.5),
    ),
    "ArgMax": TransformCase(
        lambda k: sx.ArgMax(3, sx.Thresholded(conditional(sx.Normal((3,)), 3, k))),
        normal(3),
        edges=([1.0, 1.0, 1.0], [0.0, -0.0, -1.0], [1e-38, 0.0, 5.0], [50.0, -50.0, 0.0]),
        base=lambda: sx.Categorical((1,), 3, jnp.arange(3.0)),
    ),
    "Inverse(ArgMax)": TransformCase(
        lambda k: sx.Inverse(sx.ArgMax(3, sx.Thresholded(sx.Normal((3,), 0.0, 1.3, trainable=True)))),
        integers(1, high=3),
        trained=0.1,
        base=lambda: sx.Normal((3,)),
        support=np.arange(3.0)[:, None],
        truth=lambda x: -np.log(3),
    ),
    # stochastic maps
    "VAE": TransformCase(
        lambda k: sx.VAE(linear_normal(np.array([[0.5, -0.2, 0.1], [0, 0, 0]])), linear_normal(LINEAR)),
        normal(2),
        base=lambda: sx.Normal((1,)),
        truth=linear_gaussian_truth,
        trained=0.1,
    ),
    "VAE(flow encoder, context)": TransformCase(
        lambda k: sx.VAE(
            sx.Flow(
                sx.Normal((1,)), sx.ConditionalElementwise((1,), uni.Affine(), MLP(5, 2, hidden=(8,), key=k))
            ),
            conditional(sx.Normal((2,)), 4, k),
        ),
        normal(2),
        context=normal(3),
    ),
    "StochasticPermutation": TransformCase(
        lambda k: sx.StochasticPermutation((2,)),
        normal(2),
        base=lambda: sx.Normal((2,), jnp.array([-1.0, 1.0])),
        truth=lambda x: (
            jnp.logaddexp(*(sx.Normal((2,), jnp.array([-1.0, 1.0])).log_prob(y) for y in (x, x[::-1])))
            - np.log(2)
        ),
    ),
}

DISTRIBUTIONS: dict[str, DistributionCase] = {
    "Normal": DistributionCase(lambda k: sx.Normal((2,), 1.0, 0.5, trainable=True), noise=True),
    "StudentMixture": DistributionCase(
        lambda k: sx.StudentMixture(1, 2, 1).initialize(
            jnp.where(jnp.arange(60)[:, None] % 3 == 0, -6.0, 6.0) + jax.random.normal(k, (60, 1)), k
        ),
        bounds=(-2000.0, 2000.0),
        trained=0.1,
    ),
    "StudentMixture(context)": DistributionCase(
        mixture_given,
        context=normal(1),
        bounds=(-2000.0, 2000.0),
        trained=0.1,
    ),
    "Conditional(Normal)": DistributionCase(
        lambda k: sx.Conditional(sx.Normal((1,)), MLP(3, 2, hidden=(8,), key=k)),
        context=normal(3),
        noise=True,
    ),
    "AutoregressiveNormal": DistributionCase(
        lambda k: sx.AutoregressiveNormal(ConvLSTM((2, 1, 1), 2, hidden=3, layers=2, size=3, key=k)),
        trained=0.3,
        noise=True,
    ),
    "AutoregressiveNormal(context)": DistributionCase(
        lambda k: sx.AutoregressiveNormal(
            ConvLSTM((2, 1, 1), 2, hidden=3, layers=1, size=3, context_channels=2, key=k)
        ),
        context=normal(2, 1, 1),
        trained=0.3,
        noise=True,
    ),
    "AutoregressiveNormal(MADE)": DistributionCase(
        lambda k: sx.AutoregressiveNormal(MADE(2, 2, hidden=(8,), context_size=3, key=k)),
        context=normal(3),
        trained=0.2,
        noise=True,
    ),
    "Embedded": DistributionCase(
        lambda k: sx.Embedded(conditional(sx.Normal((1,)), 4, k), MLP(3, 4, hidden=(8,), key=k)),
        context=normal(3),
        noise=True,
    ),
    "Normal(tied)": DistributionCase(lambda k: sx.Normal((2, 1), trainable=True, tied=(1, 1)), noise=True),
    "Bernoulli": DistributionCase(
        lambda k: sx.Bernoulli((2,), 0.3, trainable=True),
        support=jnp.array([[0, 0], [0, 1], [1, 0], [1, 1]]),
    ),
    "Flow": DistributionCase(
        lambda k: sx.Flow(sx.Normal((2,)), sx.Elementwise((2,), uni.Affine())),
        bounds=(-15.0, 15.0),
        noise=True,
    ),
    "Laplace": DistributionCase(lambda k: sx.Laplace((1,), 1.0, 0.5, trainable=True), edges=([1.0], [1e4])),
    "Logistic": DistributionCase(lambda k: sx.Logistic((1,), 1.0, 0.5, trainable=True), edges=([1e4],)),
    "DiscretizedLogistic": DistributionCase(
        lambda k: sx.DiscretizedLogistic((), 5, 1.0, 0.7, trainable=True),
        support=np.arange(5),
        edges=(-1, 7, 0.5),
    ),
    "Conditional(Mixture(DiscretizedLogistic))": DistributionCase(
        lambda k: conditional(sx.Mixture([sx.DiscretizedLogistic((1,), 4)] * 3), 3, k),
        context=normal(3),
        support=np.arange(4)[:, None],
    ),
    "HalfNormal": DistributionCase(
        lambda k: sx.HalfNormal((1,), 2.0, trainable=True), bounds=(0.0, 30.0), edges=([0.0],)
    ),
    "Uniform": DistributionCase(
        lambda k: sx.Uniform((1,), -4.0, 2.0), bounds=(-4.0, 2.0), edges=([-4.0], [2.0], [3.0])
    ),
    "UniformTorus": DistributionCase(
        lambda k: sx.UniformTorus((1,)), bounds=(-math.pi, math.pi), edges=([-4.0], [9.0])
    ),
    "Categorical": DistributionCase(
        lambda k: sx.Categorical((2,), 3, trainable=True),
        support=np.array(list(itertools.product(range(3), repeat=2))),
    ),
    "Conditional(Categorical)": DistributionCase(
        lambda k: conditional(sx.Categorical((), 4), 3, k), context=normal(3), support=np.arange(4)
    ),
    "Mixture(Normal)": DistributionCase(
        lambda k: sx.Mixture(
            [sx.Normal((1,), loc, 0.5, trainable=True) for loc in (-1.0, 2.0)], trainable=True
        )
    ),
    "Conditional(Mixture(Logistic))": DistributionCase(
        lambda k: conditional(sx.Mixture([sx.Logistic((1,))] * 3), 3, k),
        context=normal(3),
        bounds=(-200.0, 200.0),
    ),
    "Joint": DistributionCase(
        lambda k: sx.Joint(sx.Categorical((), 2, trainable=True), sx.Bernoulli((1,), trainable=True)),
        support=(np.array([0, 0, 1, 1]), np.array([[0], [1], [0], [1]])),
    ),
    "UniformPermutation": DistributionCase(lambda k: sx.UniformPermutation(3), support=ORDERINGS),
    "Ensemble": DistributionCase(
        lambda k: sx.Ensemble([conditional(sx.Normal((2,)), 3, each) for each in jax.random.split(k)]),
        context=normal(3),
    ),
    "PlackettLuce": DistributionCase(lambda k: sx.PlackettLuce(3, trainable=True), support=ORDERINGS),
    "Conditional(PlackettLuce)": DistributionCase(
        lambda k: conditional(sx.PlackettLuce(3), 3, k), context=normal(3), support=ORDERINGS
    ),
    # these two have no density on the line: with the surjection that makes them, they do
    "Rectified": DistributionCase(
        lambda k: sx.Flow(
            sx.Rectified(sx.HalfNormal((1,), trainable=True), 0.5, trainable=True), sx.ReLU((1,))
        ),
        edges=([0.0],),
    ),
    "Sorted": DistributionCase(
        lambda k: sx.Flow(sx.Sorted(sx.Normal((2,))), sx.Sort(2)), bounds=(-8.0, 8.0), edges=([0.0, 0.0],)
    ),
    "Thresholded": DistributionCase(
        lambda k: sx.Thresholded(conditional(sx.Normal((3,)), 3, k)),
        context=integers(1, high=3),
        edges=([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]),
    ),
}

AUTOREGRESSIVE: dict[str, AutoregressiveCase] = {
    "MADE": AutoregressiveCase(lambda k: MADE(4, 3, hidden=(9, 7), activation="tanh", key=k)),
    "MADE(context, reverse)": AutoregressiveCase(
        lambda k: MADE(4, 2, hidden=(8,), context_size=3, activation="tanh", reverse=True, key=k),
        normal(3),
    ),
    "ConvLSTM": AutoregressiveCase(lambda k: ConvLSTM((4, 2, 3), 3, hidden=4, layers=2, size=3, key=k)),
    "ConvLSTM(context, dilation)": AutoregressiveCase(
        lambda k: ConvLSTM((3, 4, 4), 2, hidden=4, layers=1, size=5, dilation=2, context_channels=2, key=k),
        normal(2, 4, 4),
    ),
}

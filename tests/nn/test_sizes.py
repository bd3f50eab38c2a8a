"""Networks that are told their sizes by what they are for."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import surjax as sx
from surjax import nn
from surjax import univariate as uni
from surjax.errors import ConfigError
from surjax.nn import Sizes

KEY = jax.random.key(0)
VECTOR, IMAGE = (5,), (5, 4, 6)

COUPLINGS = {
    "MLP": (nn.MLP.of(hidden=(3,)), VECTOR, (3,)),
    "MLP(image beside)": (nn.MLP.of(hidden=(3,)), VECTOR, ((2, 4, 6), ())),
    "ResidualMLP": (nn.ResidualMLP.of(width=3, blocks=1), VECTOR, (3,)),
    "OneBlob": (nn.OneBlob.of(nn.MLP.of(hidden=(3,)), num_blobs=4), VECTOR, (3,)),
    "Periodic": (nn.Periodic.of(nn.MLP.of(hidden=(3,)), harmonics=2), VECTOR, (3,)),
    "BoundedScale(OneBlob)": (nn.BoundedScale.of(nn.OneBlob.of(nn.ResidualMLP.of(width=3))), VECTOR, (3,)),
    "Conv": (nn.Conv.of(size=1), IMAGE, None),
    "NormConv": (nn.NormConv.of(weight_norm=True), IMAGE, None),
    "ZeroConv": (nn.ZeroConv.of(), IMAGE, None),
    "WeightNormConv": (nn.WeightNormConv.of(bias=False), IMAGE, None),
    "ConvStack": (nn.ConvStack.of(hidden=(3,)), IMAGE, (3, 4, 6)),
    "DenseNet": (nn.DenseNet.of(width=3, depth=1, growth=2), IMAGE, ((3, 4, 6), (2, 4, 6))),
    "GlowConv": (nn.GlowConv.of(width=3), IMAGE, (3, 4, 6)),
    "GlowConv(features)": (nn.GlowConv.of(width=3, features=True), IMAGE, (3, 4, 6)),
    "ResidualConv": (nn.ResidualConv.of(width=3, blocks=1), IMAGE, (3, 4, 6)),
    "GatedAttentionConv": (nn.GatedAttentionConv.of(width=4, blocks=1), IMAGE, (3, 4, 6)),
    "BoundedScale(ResidualConv)": (
        nn.BoundedScale.of(nn.ResidualConv.of(width=3), per_channel=True),
        IMAGE,
        (3, 4, 6),
    ),
    "OnCheckerboard": (nn.OnCheckerboard.of(nn.DenseNet.of(width=3, depth=1)), IMAGE, (3, 4, 12)),
    "VectorContext": (nn.VectorContext.of(nn.GlowConv.of(width=3, features=True)), IMAGE, (7,)),
    "WithoutContext": (nn.WithoutContext.of(nn.DenseNet.of(width=3, depth=1)), IMAGE, (7,)),
}
"""A network, the shape of what is coupled, and that of a context."""

AUTOREGRESSIVE = {
    "MADE": (nn.MADE.of(hidden=(8,)), VECTOR, (2, 3)),
    "ConvLSTM": (nn.ConvLSTM.of(hidden=3, layers=1, size=3), IMAGE, ((2, 4, 6), (1, 4, 6))),
}

CONDITIONED = {
    "ConvEncoder": (sx.Normal((2, 2, 3)), nn.ConvEncoder.of(width=3), (5, 8, 12)),
    "ConvDecoder": (sx.Logistic((5, 8, 12)), nn.ConvDecoder.of(width=3), (2, 2, 3)),
    "VectorContext": (sx.Normal((2, 4, 6)), nn.VectorContext.of(nn.ZeroConv.of()), ((3, 4, 6), (5,))),
    "MLP": (sx.Categorical((), 4), nn.MLP.of(hidden=(3,)), ((2,), (3, 4))),
}
"""A family, a network of the context, and the shape of that."""


def arrays(shape):
    """Arrays to be seen, of a shape or of several."""
    if shape is None:
        return None
    several = any(isinstance(entry, tuple) for entry in shape)
    return tuple(map(jnp.ones, shape)) if several else jnp.ones(shape)


def test_every_public_network_that_follows_from_shapes_is_here():
    public = (getattr(nn, name) for name in nn.__all__)
    networks = [one for one in public if isinstance(one, type) and issubclass(one, nn.Network)]
    here = {name.split("(")[0] for name in (*COUPLINGS, *AUTOREGRESSIVE, *CONDITIONED)}
    # the context of MaskedOutputs is of masks: it is tested in the Imputed that has it
    others = {"Network", "MaskedOutputs"}
    assert here == {one.__name__ for one in networks if "sized" in vars(one)} - others


@pytest.mark.parametrize("univariate", [uni.Affine(), uni.RationalQuadraticSpline(4)])
@pytest.mark.parametrize("with_context", [False, True])
@pytest.mark.parametrize("name", COUPLINGS)
def test_network_of_a_coupling_follows_from_what_stays_and_what_moves(name, with_context, univariate):
    network, shape, context_shape = COUPLINGS[name]
    context_shape = context_shape if with_context else None

    def run(key, x, context):
        settings = {"num_identity": 3, "swap": True, "context_shape": context_shape}
        coupling = sx.Coupling.of(shape, univariate, network, **settings, key=key)
        return coupling.initialize(x[None], contexts=jax.tree.map(lambda leaf: leaf[None], context))[1]

    zs = eqx.filter_eval_shape(run, KEY, jnp.ones(shape), arrays(context_shape))
    assert zs.shape == (1, *shape)


@pytest.mark.parametrize("with_context", [False, True])
@pytest.mark.parametrize("name", AUTOREGRESSIVE)
def test_autoregressive_network_follows_from_the_shape(name, with_context):
    network, shape, context_shape = AUTOREGRESSIVE[name]
    context_shape = context_shape if with_context else None

    def run(key, x, context):
        spline = uni.RationalQuadraticSpline(4)
        maf = sx.MaskedAutoregressive.of(shape, spline, network, context_shape=context_shape, key=key)
        prior = sx.AutoregressiveNormal.of(shape, network, context_shape=context_shape, key=key)
        return maf.forward(x, context=context)[0], prior.log_prob(x, context=context)

    z, log_prob = eqx.filter_eval_shape(run, KEY, jnp.ones(shape), arrays(context_shape))
    assert z.shape == shape
    assert log_prob.shape == ()


@pytest.mark.parametrize("name", CONDITIONED)
def test_network_of_a_conditional_follows_from_its_family_and_context(name):
    family, network, context_shape = CONDITIONED[name]

    def draw(key, context):
        conditional = sx.Conditional.of(family, network, context_shape=context_shape, key=key)
        return conditional.sample(key, context=context)

    assert eqx.filter_eval_shape(draw, KEY, arrays(context_shape)).shape == family.shape


@pytest.mark.parametrize(
    ("network", "by_hand", "shape", "context_shape"),
    [
        (nn.MLP.of(hidden=(3,)), lambda: nn.MLP(2 + 4, 3 * 2, hidden=(3,), key=KEY), (5,), (4,)),
        (
            nn.OneBlob.of(nn.MLP.of(hidden=(3,)), num_blobs=4),
            lambda: nn.OneBlob(nn.MLP(2 * 5 + 4, 3 * 2, hidden=(3,), key=KEY), num_blobs=4),
            (5,),
            (4,),
        ),
        (
            nn.BoundedScale.of(nn.GlowConv.of(width=3, features=True), per_channel=True),
            lambda: nn.BoundedScale(nn.GlowConv(2, 3 * 2, width=3, context_channels=4, key=KEY), channels=3),
            (5, 2, 2),
            (4, 2, 2),
        ),
    ],
)
def test_network_is_the_one_that_is_built_by_hand(network, by_hand, shape, context_shape):
    affine = uni.Affine()
    coupling = sx.Coupling.of(shape, affine, network, context_shape=context_shape, key=KEY)
    same = sx.Coupling(shape, affine, by_hand())
    assert jax.tree.structure(coupling) == jax.tree.structure(same)
    for a, b in zip(jax.tree.leaves(coupling), jax.tree.leaves(same), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_function_is_told_the_shapes_and_may_be_wrapped():
    told = []

    def network(in_shape, out_shape, key, **context):
        told.append((in_shape, out_shape, context))
        return nn.MLP(in_shape[0] + 3 * len(context), out_shape[0], hidden=(3,), key=key)

    sx.Coupling.of((5,), uni.Affine(), network, key=KEY)
    coupling = sx.Coupling.of((5,), uni.Shift(), nn.OneBlob.of(network), context_shape=(3,), key=KEY)
    assert told == [((2,), (6,), {}), ((66,), (3,), {"context_shape": (3,)})]
    z = eqx.filter_eval_shape(lambda x, c: coupling.forward(x, context=c)[0], jnp.ones(5), jnp.ones(3))
    assert z.shape == (5,)


def coupling(network, shape=VECTOR, univariate=None, **settings):
    return sx.Coupling.of(shape, univariate or uni.Affine(), network, **settings, key=KEY)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: coupling(nn.MADE.of()), "Coupling was given MADE, which is autoregressive"),
        (lambda: coupling(nn.OneBlob.of(nn.MADE.of())), "OneBlob was given MADE"),
        (
            lambda: sx.MaskedAutoregressive.of((3,), uni.Affine(), nn.MLP.of(), key=KEY),
            "MaskedAutoregressive was given MLP, which lets an element see itself",
        ),
        (
            lambda: sx.MaskedAutoregressive.of(IMAGE, uni.Affine(), nn.MADE.of(), key=KEY),
            "MADE was asked for x of shape .5, 4, 6. and takes vectors",
        ),
        (lambda: coupling(nn.MLP.of(), IMAGE), "gives a vector was asked for an array of shape .6, 4, 6."),
        (lambda: coupling(nn.GlowConv.of()), r"shape \(6,\) out of \(2,\): it takes and gives \(C, H, W\)"),
        (
            lambda: coupling(nn.DenseNet.of(), IMAGE, context_shape=(3, 2, 3)),
            r"out of \(2, 4, 6\) and \(3, 2, 3\): it takes and gives .* of one height and width",
        ),
        (
            lambda: coupling(nn.GatedAttentionConv.of()),
            r"one image was asked for x of shape \(2,\): it takes \(C, H, W\)",
        ),
        (lambda: coupling(nn.ZeroConv.of(), IMAGE, context_shape=IMAGE), "ZeroConv sees no context"),
        (
            lambda: coupling(nn.BoundedScale.of(nn.MLP.of()), univariate=uni.Shift()),
            "BoundedScale bounds the second of an element's numbers and is to give 1",
        ),
        (lambda: coupling(nn.BoundedScale.of(nn.MLP.of(), per_channel=True)), r"gives \(C, H, W\)"),
        (lambda: coupling(nn.OneBlob.of(nn.MLP.of(), num_blobs=0)), "0 blobs"),
        (
            lambda: coupling(nn.ConvEncoder.of(), IMAGE),
            r"ConvEncoder was asked to go between shapes \(2, 4, 6\) and \(6, 4, 6\)",
        ),
        (lambda: coupling(nn.Dropout.of(rate=0.1)), "Dropout cannot be told its sizes"),
        (lambda: coupling(nn.MLP(2, 6, key=KEY)), "Coupling was given MLP as a network to be sized"),
        (lambda: coupling(nn.MLP), "Coupling was given MLP as a network to be sized"),
        (
            lambda: coupling(lambda *_: eqx.nn.MLP(2, 6, 3, 1, key=KEY)),
            "makes a MLP and no network: make it give a surjax.nn.Network",
        ),
        (lambda: coupling(lambda *_: nn.MADE(2, 3, key=KEY)), "MADE, which is autoregressive"),
        (lambda: coupling(nn.MLP.of(), num_identity=5), "asked to keep 5 of them"),
    ],
)
def test_what_cannot_be_is_refused(make, says):
    with pytest.raises(ConfigError, match=says) as error:
        make()
    assert str(error.value).endswith(".")


def test_sizes_of_a_scalar_and_of_several_arrays():
    sizes = Sizes(in_shape=((2, 3), ()), shape=(), num_params=4)
    assert (sizes.in_size, sizes.context_size, sizes.out_shape) == (7, 0, (4,))
    with pytest.raises(ConfigError, match="several images beside each other"):
        Sizes(in_shape=((1, 2, 2), (3, 2, 2)), shape=(1, 2, 2), num_params=1).image  # noqa: B018

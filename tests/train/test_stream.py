"""Training data that stay on the host: the numbers are those of data on the device."""

import dataclasses
import os
import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from small import CONFIG, finish, images, start, train

import surjax as sx
from surjax import compilation
from surjax.data import lazy, load_images
from surjax.errors import ConfigError, DataError
from surjax.train import feed, program
from surjax.train.examples import Examples
from surjax.train.feed import Resident, Stream
from surjax.train.plan import make_plan

ROW = 16  # bytes of an image of small.py
SHORT = 2 * CONFIG.batch_size * ROW  # of two steps
VECTORS = sx.TrainConfig(steps=60, batch_size=16, learning_rate=0.05, eval_every=20)


class Watched:
    """An array on the host that notes which rows were read, and knows only what `fit` promises to use."""

    def __init__(self, values):
        self.values, self.read = values, []
        self.shape, self.dtype, self.nbytes = values.shape, values.dtype, values.nbytes

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        assert (np.diff(rows) > 0).all()
        self.read.append(rows)
        return self.values[rows]

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("read as a whole")


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(feed, "BLOCK_BYTES", SHORT)


@pytest.fixture(scope="module")
def resident():
    return train()


def parameters(fitted):
    return jax.tree.leaves(fitted.flow)


def same(a, b):
    return all(np.asarray(x).tobytes() == np.asarray(y).tobytes() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("seconds", [0.0, 1000.0])  # one step a call; as many as may be
def test_a_stream_gives_the_bits_of_data_on_the_device(monkeypatch, resident, seconds):
    """With flips, translations and micro-batches, in blocks that end within and between evaluations."""
    monkeypatch.setattr(program, "STRETCH_SECONDS", seconds)
    monkeypatch.setattr(feed, "BLOCK_BYTES", 3 * SHORT // 2)
    rows = Watched(images())
    streamed, fitted = train(rows, device_gib=0)
    assert same(streamed, resident[0])
    assert len(fitted.history) == 4
    assert {len(read) for read in rows.read} == {32, 96}  # those of the initialisation, and four epochs
    assert len(rows.read) == 1 + 4


@pytest.fixture
def emitters(monkeypatch):
    """Compile as users do: without XLA's fusion emitters two programs may round differently."""
    options = compilation.compiler_options()
    if "xla_cpu_use_fusion_emitters" in os.environ["XLA_FLAGS"]:
        options = options | {"xla_cpu_use_fusion_emitters": True}
    monkeypatch.setattr(compilation, "compiler_options", lambda: options)


@pytest.mark.usefixtures("emitters")
def test_context_streams_beside_x_and_floats_have_the_precision_of_jax():
    context = np.random.default_rng(2).normal(size=(200, 1))  # float64
    x = 2.0 * context + 0.1 * np.random.default_rng(3).normal(size=(200, 1))
    net = sx.nn.MLP(1, 2, hidden=(8,), key=jax.random.key(4))
    model = sx.Flow(sx.Normal((1,)), sx.ConditionalElementwise((1,), sx.univariate.Affine(), net))
    fits = [
        sx.fit(model, x, context=given, config=dataclasses.replace(VECTORS, device_gib=gib)).flow
        for given, gib in ((context, 4.0), (context, 0), (jnp.asarray(context), 0))
    ]
    for other in fits[1:]:
        assert same(jax.tree.leaves(fits[0]), jax.tree.leaves(other))


@pytest.mark.parametrize("then", [0, 4.0])  # GiB: it may be resumed as a stream or on the device
def test_a_stream_is_resumed_from_the_number_of_its_step(tmp_path, resident, then):
    def stop(progress):
        if progress.step == 8:
            raise KeyboardInterrupt

    _, part = train(Watched(images()), tmp_path / "run", [stop], device_gib=0)
    assert (part.stopped, part.step) == ("interrupted", 8)
    assert not same(parameters(part), parameters(resident[1]))
    again = Watched(images())
    _, fitted = train(again if then == 0 else images(), tmp_path / "run", device_gib=then)
    assert same(parameters(fitted), parameters(resident[1]))
    assert [told.step for told in fitted.history] == [12]
    if then == 0:
        assert len(again.read) == 1 + 2  # for the initialisation, and the blocks of steps 8 to 11
    assert train(Watched(images()), tmp_path / "run", device_gib=0)[1].compile_seconds == 0


def test_a_stream_begins_in_the_middle_of_a_block():
    data, plan = Examples(np.arange(100)), make_plan(dataclasses.replace(VECTORS, devices=1), 100)
    stream = Stream(data, plan)
    assert stream.most == 1024 // (16 * 8)
    block, until = stream.at(13)
    assert (int(block.first), until) == (8, 16)
    after, until = stream.at(16)
    assert (int(after.first), until) == (16, 24)
    rows = np.asarray(jnp.concatenate([block.data.x, after.data.x])).reshape(16, 16)
    order = feed._Blocks(data, plan, 1)
    assert np.array_equal(rows, [np.asarray(order[i].x) for i in range(8, 24)])
    assert len({tuple(row) for row in rows}) == 16
    stream.close()


def test_at_most_a_few_blocks_are_read_ahead():
    rows = Watched(np.arange(10**4))
    stream = Stream(Examples(rows), make_plan(dataclasses.replace(VECTORS, steps=2000), 10**4))
    stream.at(0)
    stream.close()
    assert len(rows.read) <= 2 + feed._READERS


def test_more_than_the_limit_stays_on_the_host(tmp_path, monkeypatch):
    np.save(tmp_path / "images.npy", images())
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    used = []
    for kind in (Resident, Stream):
        begin = kind.__init__
        monkeypatch.setattr(
            kind, "__init__", lambda self, *a, begin=begin: used.append(type(self)) or begin(self, *a)
        )
    limit = images().nbytes / 2**30
    outcomes = [train(mapped, device_gib=gib)[0] for gib in (limit, limit * 0.99)]
    assert used == [Resident, Stream]
    assert same(*outcomes)
    train(jnp.asarray(images()), device_gib=0)  # is on the device already
    assert used == [Resident, Stream, Resident]
    with pytest.raises(ConfigError, match="device_gib is -1 and must be 0 or more"):
        sx.TrainConfig(device_gib=-1)


def test_a_folder_streams_and_an_image_that_is_damaged_is_told(tmp_path, monkeypatch, resident):
    monkeypatch.setattr(lazy, "IN_MEMORY_BYTES", 0)
    for i, image in enumerate(images()):
        Image.fromarray(image[0]).save(tmp_path / f"{i:02}.png")
    folder = load_images(tmp_path)[0].values
    _, fitted = train(folder, device_gib=0)
    assert same(parameters(fitted), parameters(resident[1]))
    (tmp_path / "07.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"cannot read .*07\.png: it is damaged"):
        train(folder, device_gib=0, initialize=False)


def test_data_that_do_not_fit_are_told():
    with pytest.raises(DataError, match=r"shape \(96, 1, 4, 4\).*rows of shape \(2,\)"):
        sx.fit(sx.Flow(sx.Normal((2,)), sx.Affine((2,))), Watched(images()))


EIGHT = textwrap.dedent("""
    import sys, numpy as np, small
    from surjax.train import feed

    feed.BLOCK_BYTES = int(sys.argv[1])
    streamed, resident = (small.train(batch_size=16, devices=8, device_gib=gib)[0] for gib in (0, 4.0))
    for a, b in zip(streamed, resident, strict=True):
        assert a.tobytes() == b.tobytes()
    print("equal")
""")


@pytest.mark.slow
def test_eight_devices_share_a_stream():
    assert finish(start(EIGHT, str(SHORT), devices=8)) == "equal\n"

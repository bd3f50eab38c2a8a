import textwrap

import jax
import numpy as np
import pytest
from small import CONFIG, finish, start, train

from surjax.errors import ConfigError
from surjax.train.devices import Devices, choose_devices

EIGHT = textwrap.dedent("""
    import jax, numpy as np, small
    from surjax.train.devices import choose_devices

    assert len(jax.devices()) == 8
    assert choose_devices(None, 12, large=True).n == 6
    assert choose_devices(None, 12, large=False).n == 1
    x = np.asarray(small.images(), np.float32)
    x[3] = 1e6  # in one batch of the three of an epoch
    (one, _), (eight, fitted) = (
        small.train(x, devices=n, objective=small.nan_far_out, initialize=False) for n in (1, None)
    )
    for a, b in zip(one, eight, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
    assert [told.bad_steps for told in fitted.history][-1] == 4
    assert {len(leaf.devices()) for leaf in jax.tree.leaves(fitted.flow)} == {1}
    print("equal")
""")


def test_eight_devices_give_what_one_gives_and_skip_the_same_steps():
    assert finish(start(EIGHT, devices=8)) == "equal\n"


def test_one_device_needs_no_mesh():
    assert choose_devices(1, 7, large=True) == Devices()
    array = jax.numpy.ones(3)
    assert Devices().place(array) is array
    assert Devices().divide(array) is array


def test_rows_that_cannot_be_divided_are_told(monkeypatch):
    monkeypatch.setattr(jax, "devices", lambda: [None] * 4)
    with pytest.raises(
        ConfigError, match=r"6 rows at once cannot be divided over 4 devices: .* multiple of 4"
    ):
        choose_devices(4, 6, large=True)


def test_images_stay_bytes_and_the_state_is_taken_over(monkeypatch):
    from surjax.train import program

    seen = []
    run = program.Program.__call__

    def look(self, state):
        out = run(self, state)
        seen.append((self.feed.at(0)[0].x.dtype, [leaf.is_deleted() for leaf in jax.tree.leaves(state)]))
        return out

    monkeypatch.setattr(program.Program, "__call__", look)
    train(steps=CONFIG.eval_every)
    dtype, deleted = seen[0]
    assert dtype == np.uint8
    assert all(deleted)

import math

import pytest

from surjax.studies.image_row import SystemRow
from surjax.studies.image_summary import Gain, gains, means
from surjax.studies.image_systems import Pair

PAIRS = (Pair("couplings", without="plain", having="better"),)


def row(model, seed, bits, error=0.03):
    fields = {"parameters": 1, "steps": 1, "images_seen": 1, "importance_samples": 1, "test_images": 1}
    seconds = dict.fromkeys(
        ("images_per_second", "compile_seconds", "train_seconds", "sampling_seconds_an_image"), 1.0
    )
    texts = dict.fromkeys(("scale", "split", "dtype", "device"), "")
    nothing = dict.fromkeys(("paper_bits_per_dim", "study_bits_per_dim", "prior", "coupling"))
    measured = {"bits_per_dim": bits, "standard_error_bits_per_dim": error, "bound": True}
    return SystemRow(model=model, seed=seed, **fields, **seconds, **texts, **nothing, **measured)


def test_a_gain_is_positive_where_the_part_helps_and_its_error_that_of_both():
    (gain,) = gains(PAIRS, [row("better", 0, 3.9, 0.04), row("plain", 0, 4.1, 0.03)])
    assert (gain.pair, gain.seed) == ("couplings", 0)
    assert gain.bits_per_dim == pytest.approx(0.2)
    assert gain.standard_error_bits_per_dim == pytest.approx(0.05)


def test_gains_are_of_the_same_seed_and_only_where_both_systems_are():
    rows = [row("plain", 0, 4.0), row("plain", 1, 4.4), row("better", 1, 4.1), row("better", 2, 1.0)]
    (gain,) = gains(PAIRS, rows)
    assert gain.seed == 1
    assert gain.bits_per_dim == pytest.approx(0.3)
    assert gains(PAIRS, rows[:1]) == []
    assert gains((), rows) == []


def test_the_mean_gain_is_the_difference_of_the_means():
    rows = [row("plain", 0, 4.0), row("better", 0, 3.8), row("plain", 1, 4.4), row("better", 1, 4.3)]
    *each, mean = gains(PAIRS, rows)
    assert [gain.seed for gain in each] == [0, 1]
    plain, better = means(rows)
    assert mean.seed is None
    assert mean.bits_per_dim == pytest.approx(plain.bits_per_dim - better.bits_per_dim)
    assert mean.standard_error_bits_per_dim == pytest.approx(0.03 * math.sqrt(2))


def test_means_are_of_systems_with_several_seeds():
    (mean,) = means([row("plain", 0, 4.0, 0.02), row("better", 0, 3.0), row("plain", 1, 4.2, 0.04)])
    assert (mean.model, mean.seeds) == ("plain", 2)
    assert mean.bits_per_dim == pytest.approx(4.1)
    assert mean.standard_error_bits_per_dim == pytest.approx(0.03)
    assert mean.deviation_bits_per_dim == pytest.approx(0.2 / math.sqrt(2))


def test_a_number_that_is_not_finite_stays_so():
    (gain,) = gains(PAIRS, [row("plain", 0, math.nan), row("better", 0, 4.0)])
    assert isinstance(gain, Gain)
    assert math.isnan(gain.bits_per_dim)

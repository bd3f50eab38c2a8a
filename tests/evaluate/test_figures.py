import numpy as np
import pytest
from PIL import Image

from surjax.errors import ConfigError, DataError, SurjaxError
from surjax.pictures.figures import Panel, bounds_of, comparison, pairs, panel_of_samples

SQUARE = ((0.0, 1.0), (0.0, 1.0))


def pixels(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), float)


def test_many_samples_are_a_histogram_that_is_a_density():
    x = np.random.default_rng(0).uniform(0, 1, (30_000, 2)) ** [2, 1]
    panel = panel_of_samples(x, SQUARE)
    assert panel.density is not None
    assert panel.density.mean() == pytest.approx(1)
    left, right = np.array_split(panel.density, 2, axis=1)
    assert left.mean() > 2 * right.mean()


def test_few_samples_are_themselves():
    x = np.random.default_rng(0).normal(size=(50, 2))
    panel = panel_of_samples(x, SQUARE)
    assert panel.density is None
    assert np.array_equal(panel.points, x)


def test_bounds_hold_the_points_but_not_the_farthest():
    x = np.random.default_rng(0).normal(size=(5000, 2)) * [1, 10]
    x[0] = 1e6
    (left, right), (bottom, top) = bounds_of(x)
    assert -6 < left < -2 < 2 < right < 6
    assert -60 < bottom < -20 < 20 < top < 60


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_comparison_draws_bright_where_the_density_is(tmp_path, suffix):
    ramp = np.linspace(0, 1, 40)[:, None] * np.ones((1, 40))
    rows = [
        [Panel(ramp, SQUARE, "up", "a note"), Panel(ramp[::-1], SQUARE)],
        [panel_of_samples(ramp[:, :2], SQUARE)],
    ]
    path = tmp_path / f"figure.{suffix}"
    comparison(rows, path, ["one", "two_b"])
    assert path.stat().st_size > 1000
    assert list(tmp_path.iterdir()) == [path]
    if suffix == "png":
        comparison([[Panel(ramp, SQUARE)]], path)
        image = pixels(path)
        middle = image[:, image.shape[1] // 2].sum(1)
        half = len(middle) // 2
        assert middle[:half].mean() > 1.5 * middle[half:-20].mean()


def test_pairs_draws_wide_tables(tmp_path):
    x = np.random.default_rng(0).normal(size=(300, 9))
    x[0, 0] = np.nan
    pairs(x, x + 1, [f"a column with a long name {i}" for i in range(9)], tmp_path / "a.png", "title")
    pairs(x[:0], x[:, :1], ["one"], tmp_path / "b.png")
    assert pixels(tmp_path / "a.png").std() > 10
    with pytest.raises(DataError, match="none of the samples is finite"):
        pairs(x, np.full((5, 9), np.nan), ["c"] * 9, tmp_path / "c.png")


def test_mistakes_are_told(tmp_path):
    panel = Panel(np.ones((3, 3)), SQUARE)
    with pytest.raises(ConfigError, match=r"ends in '\.bmp', which is no type of figure"):
        comparison([[panel]], tmp_path / "a.bmp")
    with pytest.raises(SurjaxError, match="there is no folder"):
        comparison([[panel]], tmp_path / "gone" / "a.png")
    assert not list(tmp_path.iterdir())


def test_names_are_drawn_as_they_are(tmp_path):
    x = np.array([[1.0] * 4, [2.0] * 4])
    names = ["$x$", "a$_{b", "two\nlines", "[bold] & <b>"]
    pairs(x, x, names, tmp_path / "a.svg", r"$\frac{$")
    text = (tmp_path / "a.svg").read_text()
    for written in (*names[:2], "two lines", "[bold] &amp; &lt;b&gt;", r"$\frac{$"):
        assert f"<!-- {written} -->" in text  # what Matplotlib notes before the outlines of the letters


def test_letters_that_the_font_lacks_are_told_once(tmp_path):
    x = np.array([[1.0] * 2, [2.0] * 2])
    with pytest.warns(UserWarning, match="the font of figures lacks letters") as told:
        pairs(x, x, ["日本", "語"], tmp_path / "a.png")
    assert len(told) == 1

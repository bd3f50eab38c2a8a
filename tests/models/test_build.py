import jax
import pytest

from surjax.data import Column, ImageForm, TableForm
from surjax.errors import ConfigError
from surjax.models import Baseline, build_flow
from tiny_image_model import TinyImageModel

TABLE = TableForm((Column("a", "numeric"), Column("b", "numeric")))


def test_the_form_of_the_data_decides_what_is_built():
    key = jax.random.key(0)
    assert build_flow(Baseline(hidden=(4,)), TABLE, key).shape == (2,)
    assert build_flow(TinyImageModel(), ImageForm((1, 4, 6), 3), key).shape == (1, 4, 6)


def test_a_model_of_the_other_kind_is_refused():
    with pytest.raises(ConfigError, match="baseline is a model of vectors and the data are images of 3×8×8"):
        build_flow(Baseline(), ImageForm((3, 8, 8)), jax.random.key(0))
    with pytest.raises(ConfigError, match="tiny-image is a model of images and the data are a table of 2"):
        build_flow(TinyImageModel(), TABLE, jax.random.key(0))

"""The catalogue and the reference are whole, and what they say of exactness is what the code does."""

import dataclasses
import inspect

import api
import catalogue
import pytest

import surjax
import surjax.api
from cases import TRANSFORMS
from surjax import distributions, nn, transforms
from surjax.data import ImageConfig, TableConfig
from surjax.models import MODELS
from surjax.transforms import univariate

ENTRIES = {entry.name: entry for entry in catalogue.entries()}
PAGE = catalogue.page()


def callables(module):
    return {name for name in module.__all__ if callable(getattr(module, name))}


def test_every_public_transform_is_there_with_its_formulas():
    assert set(ENTRIES) == callables(transforms)
    for entry in ENTRIES.values():
        line = next(
            line for line in PAGE.splitlines() if line.startswith(f"| {{py:obj}}`~surjax.{entry.name}`")
        )
        assert catalogue.code(entry.V) in line
        assert catalogue.code(entry.E) in line
        assert len(entry.summary) > 10


@pytest.mark.parametrize(
    ("prefix", "module"),
    [("surjax", distributions), ("surjax.univariate", univariate), ("surjax.nn", nn)],
)
def test_every_other_part_is_there(prefix, module):
    for name in callables(module):
        assert f"| {catalogue.link(f'{prefix}.{name}')} | " in PAGE


def test_every_model_is_there():
    for name, model in MODELS.items():
        assert f"| `{name}` | {catalogue.markdown(model.summary)} |" in PAGE


def test_every_public_transform_is_under_the_laws():
    concrete = {name for name, entry in ENTRIES.items() if entry.kind != "abstract"}
    assert concrete <= {name.split("(")[0] for name in TRANSFORMS}


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("Tanh", surjax.Tanh()),
        ("Reverse", surjax.Reverse()),
        ("AbsoluteValue", surjax.AbsoluteValue((2,))),
        ("Sort", surjax.Sort(2)),
        ("dequantize", surjax.dequantize((2,))),
        ("augment", surjax.augment((2,), 1)),
        ("StochasticPermutation", surjax.StochasticPermutation((2,))),
    ],
)
def test_exactness_is_that_of_the_model(name, transform):
    entry = ENTRIES[name]
    flow = surjax.Flow(surjax.Normal(transform.z_shape((2,))), transform)
    assert entry.forward == ("exact" if flow.exact else "lower bound")
    mirrored = surjax.Flow(surjax.Normal((2,)), surjax.Inverse(transform))
    assert entry.inverse == ("exact" if mirrored.exact else "lower bound")


def test_reference_has_every_public_name():
    pages = "".join(text for _, text in api.sections().values())
    for name in surjax.api.__all__:
        if not inspect.ismodule(getattr(surjax, name)):
            assert f":: surjax.{name}\n" in pages


def test_reference_is_grouped_by_core_and_workbench():
    pages = list(api.sections())
    (core, _, inner), (workbench, _, outer) = api.groups(pages)
    assert (core, workbench) == ("Core", "Workbench")
    assert set(inner) == set(api.CORE)
    assert {"data", "evaluate", "runs", "interop", "errors"} <= set(outer)
    assert sorted(inner + outer) == sorted(pages)


@pytest.mark.parametrize("config", [surjax.TrainConfig, TableConfig, ImageConfig])
def test_tables_of_settings_have_every_field(config):
    table = catalogue.settings_table(config)
    for field in dataclasses.fields(config):
        assert f"| `{field.name}` | `{field.default!r}` | " in table


def test_summary_leaves_out_the_citation_and_the_contribution():
    def cited():
        """Turn x round (Tomczak and Welling 2016); V = 0. It is learned.

        More of it (Dinh et al. 2017, section 3).
        """

    assert catalogue.summary(cited) == "Turn x round."
    assert catalogue.references(cited) == "Tomczak and Welling 2016; Dinh et al. 2017, section 3"

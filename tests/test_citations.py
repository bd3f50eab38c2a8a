"""Every citation in the code means one entry of the bibliography, and none of them is there for nothing."""

import importlib
import inspect
import pkgutil

import jax
import pytest

import surjax as sx
from surjax.citations import citations, docstring, find_reference, parse_bibtex, references
from surjax.distributions import Distribution
from surjax.errors import SurjaxError
from surjax.parts import parts_of
from surjax.runs.cite import OPTIMIZERS, model_texts, software


def documented():
    """(name, docstring) of every module, class, function and method that is surjax's."""
    for found in pkgutil.walk_packages(sx.__path__, "surjax."):
        module = importlib.import_module(found.name)
        yield module.__name__, docstring(module)
        for name, obj in vars(module).items():
            if getattr(obj, "__module__", None) == module.__name__ and callable(obj):
                yield f"{module.__name__}.{name}", docstring(obj)
                if inspect.isclass(obj):
                    for member, method in vars(obj).items():
                        if inspect.isfunction(method):
                            yield f"{module.__name__}.{name}.{member}", docstring(method)


TEXTS = {name: text for name, text in documented() if not name.startswith("surjax.citations")}


def test_every_citation_means_one_entry():
    cited = {(name, work) for name, text in TEXTS.items() for work in citations(text)}
    assert len(cited) > 100
    for name, work in cited:
        meant = [entry.key for entry in references() if work in entry.citations]
        assert len(meant) == 1, f"{name} cites {work}, which means {meant}"


def test_every_entry_is_cited():
    cited = {work for text in TEXTS.values() for work in citations(text)}
    assert [entry.key for entry in references() if not cited & entry.citations] == []


def test_what_stands_in_brackets_with_a_year_is_read_as_a_citation():
    for name, text in TEXTS.items():
        for bracket in sx.citations.bracketed(text):
            assert citations(f"({bracket})"), f"{name}: {bracket}"


def test_bibliography_parses():
    keys = [entry.key for entry in references()]
    assert len(keys) > 50
    assert keys == sorted(set(keys), key=keys.index)
    assert len({work for entry in references() for work in entry.citations}) == sum(
        len(entry.citations) for entry in references()
    )
    for entry in references():
        assert entry.bibtex.count("{") == entry.bibtex.count("}")
    assert software().count("{") == software().count("}")
    for name in OPTIMIZERS:
        assert find_reference(citations(f"({OPTIMIZERS[name]})")[0]) is not None


@pytest.mark.parametrize(
    "text",
    ["@misc{x,\n  author = {A}\n}\n", "stray words\n", "@misc{x,\n  author = {A, B},\n  title = {T},\n}"],
)
def test_what_is_no_bibliography_is_refused(text):
    with pytest.raises(SurjaxError, match="bibliography"):
        parse_bibtex(text)


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("Turn x (Tomczak and Welling 2016); V = 0.", ["Tomczak and Welling 2016"]),
        ("(RealNVP, Dinh et al. 2017, equation 4; see it)", ["Dinh et al. 2017"]),
        ("(as Wavelet Flow: Yu, Derpanis and Brubaker 2020)", ["Yu, Derpanis and Brubaker 2020"]),
        ("as van den Oord et al. (2017, VQ-VAE) do", ["van den Oord et al. 2017"]),
        ("(Plackett 1975; Yellott 1977)", ["Plackett 1975", "Yellott 1977"]),
        ("(Durkan et al. 2019b), in December 2015", ["Durkan et al. 2019b"]),
        ("It has 2048 bins (of 1024).", []),
    ],
)
def test_reading_of_citations(text, works):
    assert [str(work) for work in citations(text)] == works


def test_two_works_of_the_same_first_author_and_year_are_told_apart():
    def key(text):
        return find_reference(citations(text)[0]).key

    assert key("(Salimans et al. 2016)") != key("(Salimans and Kingma 2016)")
    assert key("(Durkan et al. 2019a)") != key("(Durkan et al. 2019b)")
    assert find_reference(citations("(Durkan et al. 2019)")[0]) is None


class Mine(Distribution):
    """A user's own (Dinh et al. 2015; Doe 2030)."""


def test_parts_are_those_inside_the_model():
    coupling = sx.Coupling(
        (2,), sx.univariate.CubicSpline(4), sx.nn.MLP(1, 10, hidden=(4,), key=jax.random.key(0))
    )
    flow = sx.Flow(sx.Normal((2,)), sx.Chain(sx.AbsoluteValue((2,)), sx.Inverse(sx.Softplus()), coupling))
    names = model_texts(flow).keys()
    assert {"Flow", "AbsoluteValue", "Coupling", "univariate.CubicSpline", "nn.MLP"} <= names
    assert not {"ActNorm", "dequantize", "lower bound"} & names
    assert sum(isinstance(part, sx.Chain) for part in parts_of(flow, sx.Chain, nested=True)) == 1


def test_bounds_and_generative_surjections_are_named():
    names = model_texts(sx.Flow(sx.Normal((1,)), sx.dequantize((1,)))).keys()
    assert {"dequantize", "Rounding", "lower bound"} <= names


def test_a_users_own_docstring_is_read_like_ours():
    dinh, doe = citations(docstring(Mine))
    assert find_reference(dinh).key == "dinh2015"
    assert find_reference(doe) is None

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from surjax.errors import ConfigError, DataError
from surjax.gaps import without_gaps
from surjax.sklearn import FlowDensity
from surjax.train import fit

SMALL = FlowDensity(
    "maf",
    options={"num_layers": 1, "hidden": (4,)},
    training={"steps": 4, "eval_every": 2},
    validation_fraction=0.2,
)
IRIS = load_iris().data


@pytest.mark.slow
# one fit each, not two: the checks take most of their time to compile
@parametrize_with_checks([clone(SMALL).set_params(refit=False, training={"steps": 2})])
def test_it_is_an_estimator_as_scikit_learn_has_them(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def fitted():
    return clone(SMALL).fit(IRIS)


def test_log_densities_are_those_of_the_flow(fitted):
    scores = fitted.score_samples(IRIS)
    assert scores.shape == (150,)
    np.testing.assert_array_equal(scores, fitted.flow_.log_prob(IRIS))
    assert fitted.score(IRIS) == pytest.approx(scores.mean(), rel=1e-5)


def test_samples_are_new_rows_and_the_same_for_a_seed(fitted):
    samples = fitted.sample(7, random_state=3)
    assert samples.shape == (7, 4)
    np.testing.assert_array_equal(samples, fitted.sample(7, random_state=3))
    assert (samples != fitted.sample(7, random_state=4)).all()


def test_the_same_seed_gives_the_same_model(fitted):
    again = clone(SMALL).fit(IRIS)
    assert again.n_steps_ == fitted.n_steps_
    np.testing.assert_array_equal(again.score_samples(IRIS), fitted.score_samples(IRIS))


@pytest.mark.parametrize("at", [1, 2])
def test_ctrl_c_keeps_no_model_that_is_half_trained(monkeypatch, at):
    fits = []

    def interrupted(flow, x, **arguments):
        fits.append(len(x))
        fitted = fit(flow, x, **arguments)
        return fitted._replace(stopped="interrupted") if len(fits) == at else fitted

    monkeypatch.setattr("surjax.sklearn.fit", interrupted)
    estimator = clone(SMALL)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(IRIS)
    assert len(fits) == at
    with pytest.raises(NotFittedError):
        estimator.sample()


def test_it_takes_part_in_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), clone(SMALL)).fit(IRIS)
    assert np.isfinite(pipeline.score_samples(IRIS)).all()
    assert pipeline.set_params(flowdensity__refit=False)[-1].refit is False


def test_unknown_settings_are_refused():
    for setting in ({"model": "glaw"}, {"options": {"hiden": (4,)}}, {"training": {"step": 1}}):
        with pytest.raises(ConfigError, match=r"glaw|hiden|step"):
            clone(SMALL).set_params(**setting).fit(IRIS)


@pytest.mark.slow
def test_gaps_are_scored_and_imputed_where_they_are_modelled():
    random = np.random.default_rng(0)
    x = np.where(random.uniform(size=IRIS.shape) < 0.2, np.nan, IRIS)
    x[np.isnan(x).all(1), 0] = 5.0
    with pytest.raises(DataError, match=r'has NaN in column .*or say missing="model"'):
        clone(SMALL).fit(x)
    with pytest.raises(ConfigError, match="missing is 'guess' and must be one of refuse, model"):
        clone(SMALL).set_params(missing="guess").fit(x)
    density = clone(SMALL).set_params(missing="model", refit=False).fit(x)
    scores = density.score_samples(x)
    assert np.isfinite(scores).all()
    whole = ~np.isnan(x).any(1)
    exact = without_gaps(density.flow_)
    assert exact.exact
    np.testing.assert_array_equal(scores[whole], exact.log_prob(x[whole]))
    filled = density.impute(x, random_state=0)
    np.testing.assert_array_equal(filled[~np.isnan(x)], x[~np.isnan(x)])
    assert np.isfinite(filled).all()
    assert density.impute(x, draws=3, random_state=0).shape == (3, *x.shape)
    off = (filled - IRIS)[np.isnan(x)] / np.broadcast_to(IRIS.std(0), x.shape)[np.isnan(x)]
    assert np.sqrt((off**2).mean()) < 1.1  # a draw that knew nothing would be off by √2
    x[0] = np.nan
    with pytest.raises(DataError, match=r"row 0 of X .* NaN throughout"):
        density.score_samples(x)
    assert np.isfinite(density.impute(x)).all()


GIVEN = clone(SMALL).set_params(given=[1, 3])


@pytest.fixture(scope="module")
def conditional():
    return clone(GIVEN).fit(IRIS)


def test_columns_that_are_given_are_not_modelled(conditional):
    scores = conditional.score_samples(IRIS)
    expected = conditional.flow_.log_prob(IRIS[:, [0, 2]], context=IRIS[:, [1, 3]])
    np.testing.assert_array_equal(scores, expected)
    assert conditional.given_ == [1, 3]


def test_samples_have_what_they_are_given_in_its_columns(conditional):
    samples = conditional.sample(3, random_state=0, given=[3.0, 1.2])
    assert samples[:, [1, 3]].tolist() == [[3.0, 1.2]] * 3
    several = conditional.sample(2, given=[[3.0, 1.2], [3.5, 0.2]])
    assert several[:, 3].tolist() == [1.2, 1.2, 0.2, 0.2]
    assert np.isfinite(several).all()


def test_columns_are_given_by_name():
    frame = pd.DataFrame(IRIS, columns=["a", "b", "c", "d"])
    named = clone(SMALL).set_params(given=["d", "b"]).fit(frame)
    assert named.given_ == [1, 3]
    assert named.sample(1, given={"d": 0.3, "b": 3.0})[0, [1, 3]].tolist() == [3.0, 0.3]
    with pytest.raises(ConfigError, match="is given b, d and was given d: give these"):
        named.sample(1, given={"d": 0.3})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([4], "no column 4 to be given"),
        (["a"], "no column 'a'"),
        ([1, 1], "twice"),
        ([0, 1, 2, 3], "all columns"),
    ],
)
def test_columns_that_cannot_be_given_are_refused(given, says):
    with pytest.raises(DataError, match=says):
        clone(SMALL).set_params(given=given).fit(IRIS)


def test_what_is_given_to_samples_is_checked(fitted, conditional):
    with pytest.raises(ConfigError, match="given nothing: leave given out"):
        fitted.sample(1, given=[1.0])
    with pytest.raises(ConfigError, match=r"columns \[1, 3\]: say their values"):
        conditional.sample(1)
    with pytest.raises(ConfigError, match=r"shape \(3,\) and the model is given 2 columns"):
        conditional.sample(1, given=[1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="NaN"):
        conditional.sample(1, given=[1.0, np.nan])


def test_gaps_and_what_is_given_are_refused_together():
    with pytest.raises(DataError, match="no model takes together: leave out"):
        clone(GIVEN).set_params(missing="model").fit(IRIS)

"""Distributions: bases, encoders and decoders."""

from surjax.distributions.autoregressive import AutoregressiveNormal
from surjax.distributions.base import Distribution, Factorized, Parametric
from surjax.distributions.bernoulli import Bernoulli
from surjax.distributions.categorical import Categorical
from surjax.distributions.conditional import Conditional
from surjax.distributions.discretized_logistic import DiscretizedLogistic
from surjax.distributions.embedded import Embedded
from surjax.distributions.ensemble import Ensemble
from surjax.distributions.given import Given
from surjax.distributions.half_normal import HalfNormal
from surjax.distributions.joint import Joint
from surjax.distributions.laplace import Laplace
from surjax.distributions.logistic import Logistic
from surjax.distributions.mixture import Mixture
from surjax.distributions.normal import Normal
from surjax.distributions.permutation import PlackettLuce, UniformPermutation
from surjax.distributions.rectified import Rectified
from surjax.distributions.sorted import Sorted
from surjax.distributions.student_mixture import StudentMixture
from surjax.distributions.thresholded import Thresholded
from surjax.distributions.uniform import Uniform
from surjax.distributions.uniform_torus import UniformTorus
from surjax.distributions.where_zero import WhereZero

__all__ = [
    "AutoregressiveNormal",
    "Bernoulli",
    "Categorical",
    "Conditional",
    "DiscretizedLogistic",
    "Distribution",
    "Embedded",
    "Ensemble",
    "Factorized",
    "Given",
    "HalfNormal",
    "Joint",
    "Laplace",
    "Logistic",
    "Mixture",
    "Normal",
    "Parametric",
    "PlackettLuce",
    "Rectified",
    "Sorted",
    "StudentMixture",
    "Thresholded",
    "Uniform",
    "UniformPermutation",
    "UniformTorus",
    "WhereZero",
]

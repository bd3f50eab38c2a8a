"""A flow as the guide of any model of continuous numbers."""

from collections.abc import Callable
from typing import Any

from numpyro import handlers  # pyright: ignore[reportMissingImports]
from numpyro.distributions import constraints  # pyright: ignore[reportMissingImports]
from numpyro.infer import init_to_uniform  # pyright: ignore[reportMissingImports]
from numpyro.infer.autoguide import AutoContinuous  # pyright: ignore[reportMissingImports]

from surjax.errors import ConfigError, ShapeError
from surjax.flow import Flow
from surjax.inference.reparametrized import require_reparametrized
from surjax.interop.numpyro.distribution import FlowDistribution, require_exact
from surjax.interop.numpyro.module import flow_module
from surjax.interop.numpyro.support import told_by_first


class AutoFlow(AutoContinuous):
    """A guide that draws all latent sites of a model, each on the line by its own constraint, from one flow.

    It is an `AutoContinuous` of numpyro: `SVI(model, guide, …)` trains it, `sample_posterior` draws the
    sites. Each site's values are stacked in the order of the sites' names. The flow starts as it is given.

    Args:
        model: of numpyro, whose latent sites are continuous.
        flow: an exact flow of (n,) numbers, or a function n → flow, where n counts those of all sites.
        prefix: of the names of its site and parameters.
        init_loc_fn: how numpyro finds values at which the model is looked at first.

    Raises ConfigError where the flow has a bound, draws learned choices or begins with the map of a support,
    which the sites bring themselves; ShapeError, once the model is seen, where it is not of n numbers.

    >>> import jax, numpyro, surjax as sx
    >>> def model():
    ...     numpyro.sample("x", numpyro.distributions.Normal(3.0, 0.5))
    >>> guide = AutoFlow(model, sx.Flow(sx.Normal((1,)), sx.Affine((1,))))
    >>> svi = numpyro.infer.SVI(model, guide, numpyro.optim.Adam(0.05), numpyro.infer.Trace_ELBO(8))
    >>> found = svi.run(jax.random.key(0), 500, progress_bar=False)
    >>> x = guide.sample_posterior(jax.random.key(1), found.params, sample_shape=(1000,))["x"]
    >>> bool(abs(x.mean() - 3) < 0.1)
    True
    """

    def __init__(
        self,
        model: Callable[..., Any],
        flow: Flow | Callable[[int], Flow],
        *,
        prefix: str = "auto",
        init_loc_fn: Callable[..., Any] = init_to_uniform,
    ):
        self._flow = flow
        if isinstance(flow, Flow) or not callable(flow):
            _require_guide(flow)
        super().__init__(model, prefix=prefix, init_loc_fn=init_loc_fn)

    def _setup_prototype(self, *args: Any, **kwargs: Any) -> None:
        super()._setup_prototype(*args, **kwargs)
        if not isinstance(self._flow, Flow):
            self._flow = self._flow(self.latent_dim)
            _require_guide(self._flow)
        if self._flow.shape != (self.latent_dim,):
            raise ShapeError(
                f"the model has {self.latent_dim} latent numbers and the guide's flow has shape "
                f"{self._flow.shape}: give a flow of shape ({self.latent_dim},), or a function n → flow.",
                wanted=f"({self.latent_dim},)",
                given=self._flow.shape,
            )

    def _get_posterior(self) -> FlowDistribution:
        assert isinstance(self._flow, Flow)  # since the model was looked at
        flow = flow_module(f"{self.prefix}_flow", self._flow)
        return FlowDistribution(flow, support=constraints.real)

    def get_posterior(self, params: dict[str, Any]) -> FlowDistribution:
        """The distribution of the unconstrained numbers of all sites, with trained parameters."""
        found: Any = handlers.substitute(self._get_posterior, params)()
        return found

    def get_flow(self, params: dict[str, Any]) -> Flow:
        """The flow with trained parameters, such as `SVI.run(…).params`."""
        return self.get_posterior(params).flow


def _require_guide(flow: Any) -> None:
    require_exact(flow, "a guide")
    require_reparametrized(flow)
    if told_by_first(flow) not in (None, constraints.real):
        raise ConfigError(
            "the guide's flow begins with the map of a support, and each site of the model brings its own: "
            "leave the map out."
        )

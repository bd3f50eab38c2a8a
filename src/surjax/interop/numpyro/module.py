"""A flow whose parameters numpyro trains."""

import equinox as eqx
import numpyro  # pyright: ignore[reportMissingImports]

from surjax.flow import Flow
from surjax.parameters import partition


def flow_module(name: str, flow: Flow) -> Flow:
    """The flow with its trained parameters as numpyro's, by `numpyro.param` of the name "{name}$params".

    Called in a model or a guide, as `numpyro.contrib.module.eqx_module` is; but what is `Fixed` stays as it
    is. Outside of any inference it gives the flow back.

    >>> import surjax as sx
    >>> from numpyro.handlers import trace
    >>> flow = sx.Flow(sx.Normal((2,)), sx.Affine((2,)))
    >>> list(trace(lambda: flow_module("prior", flow)).get_trace())
    ['prior$params']
    """
    trained, rest = partition(flow)
    return eqx.combine(numpyro.param(f"{name}$params", lambda _: trained), rest)

"""Fits to log-densities in flowjax, by its path gradient."""

from peers.flowjax_density import FlowjaxDensity


class FlowjaxPathDensity(FlowjaxDensity):
    """The same fit with `ElboLoss(…, stick_the_landing=True)`."""

    stick_the_landing = True


LIBRARY = FlowjaxPathDensity

"""Densities on the plane with a sampler, the true log-density and the entropy.

The first four are those of the 2-D study of Nielsen et al. 2020 (SurVAE Flows, section 4 and its code).
"""

from surjax.data.toy.base import ToyDensity
from surjax.data.toy.boxes import checkerboard, corners
from surjax.data.toy.circles import four_circles, rings
from surjax.data.toy.curves import swissroll, two_moons, two_spirals
from surjax.data.toy.gaussians import eight_gaussians, gaussian_grid
from surjax.data.toy.pinwheel import pinwheel
from surjax.data.toy.shears import banana, sine_wave
from surjax.errors import DataError

__all__ = ["TOY", "ToyDensity", "toy"]

TOY: dict[str, ToyDensity] = {
    density.name: density
    for density in (
        checkerboard(),
        corners(),
        eight_gaussians(),
        four_circles(),
        two_moons(),
        two_spirals(),
        swissroll(),
        pinwheel(),
        rings(),
        gaussian_grid(),
        sine_wave(),
        banana(),
    )
}
"""Every toy density by name."""


def toy(name: str) -> ToyDensity:
    """Return the toy density of that name.

    Raises:
        DataError: there is none of that name.

    >>> round(toy("checkerboard").entropy(), 4)
    3.4657
    """
    if name not in TOY:
        raise DataError(f"there is no toy density {name!r}: choose one of {', '.join(TOY)}.")
    return TOY[name]

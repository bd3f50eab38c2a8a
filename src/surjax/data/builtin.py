"""The sets that come with surjax."""

from functools import partial

from surjax.data.bundled import bundled
from surjax.data.images.published import IMAGE_SETS
from surjax.data.named import NamedSet
from surjax.data.table_form import TableForm
from surjax.data.toy import TOY

_TOY = {
    "checkerboard": "uniform on the dark squares of a board",
    "corners": "two crossing bars in each quadrant",
    "eight_gaussians": "eight Gaussians around a circle",
    "four_circles": "four crossing circles",
    "two_moons": "two half circles that reach into each other",
    "two_spirals": "two arms of one and a half turns",
    "swissroll": "one spiral",
    "pinwheel": "five blades",
    "rings": "four rings around the origin",
    "gaussian_grid": "twenty-five Gaussians on a grid",
    "sine_wave": "two periods of a sine",
    "banana": "a crescent",
}

_TABLES = {
    "breast_cancer": ("measurements of cell nuclei", 569, 30),
    "diabetes": ("patients at the beginning of a year", 442, 10),
    "digits": ("handwritten digits, a column a pixel", 1797, 64),
    "iris": ("flowers of three species", 150, 4),
    "wine": ("chemical analyses of three cultivars", 178, 13),
}

BUILTIN: tuple[NamedSet, ...] = (
    *(NamedSet(name, TableForm, None, _TOY[name], shape=(2,), density=TOY[name]) for name in TOY),
    *(
        NamedSet(name, TableForm, partial(bundled, name), summary, rows, shape=(columns,))
        for name, (summary, rows, columns) in _TABLES.items()
    ),
    *IMAGE_SETS.values(),
)
"""Toy densities, scikit-learn's tables and sets of images."""

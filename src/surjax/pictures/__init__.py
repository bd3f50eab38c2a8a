"""Pictures: densities and tables, grids of images, training curves; all that draws.

They take flows and arrays and write a file whole or not at all. Matplotlib and Pillow are imported when
something is drawn.
"""

from surjax.pictures.calibration import draw_calibration, draw_predictive
from surjax.pictures.density import draw_density, draw_rows
from surjax.pictures.figures import Panel, bounds_of, comparison, pairs, panel_of_samples
from surjax.pictures.image_grid import grid, write_grid
from surjax.pictures.latent import draw_interpolations, draw_reconstructions

__all__ = [
    "Panel",
    "bounds_of",
    "comparison",
    "draw_calibration",
    "draw_density",
    "draw_interpolations",
    "draw_predictive",
    "draw_reconstructions",
    "draw_rows",
    "grid",
    "pairs",
    "panel_of_samples",
    "write_grid",
]

"""The sets that come with surjax."""

from functools import partial

from surjax.data.bundled import BUNDLED, bundled
from surjax.data.images.published import IMAGE_SETS
from surjax.data.named import NamedSet
from surjax.data.table_form import TableForm
from surjax.data.toy import TOY

TABLES = {"breast_cancer": (569, 30), "diabetes": (442, 10), "digits": (1797, 64), "iris": (150, 4)}
TABLES |= {"wine": (178, 13)}
"""The rows and columns of scikit-learn's tables."""


def _summary(text: str | None) -> str:
    return (text or "").split("\n")[0]


BUILTIN: tuple[NamedSet, ...] = (
    *(
        NamedSet(
            density.name, TableForm, summary=_summary(type(density).__doc__), shape=(2,), density=density
        )
        for density in TOY.values()
    ),
    *(
        NamedSet(name, TableForm, partial(bundled, name), rows=TABLES[name][0], shape=TABLES[name][1:])
        for name in BUNDLED
    ),
    *IMAGE_SETS.values(),
)
"""Toy densities, scikit-learn's tables and sets of images."""

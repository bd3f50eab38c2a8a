"""Which modality a model is of."""

from surjax.errors import ConfigError
from surjax.modalities.images import ImageModality
from surjax.modalities.modality import Modality
from surjax.modalities.stages import StagedModality
from surjax.modalities.tables import TableModality
from surjax.models.base import ModelConfig

_MODALITIES: dict[type[ModelConfig], Modality] = {}


def register_modality(modality: Modality) -> None:
    """Make a modality known: from now on models of its base class are of it.

    A package of one's own calls it in the module that defines the models, so that whoever knows these knows
    their modality. Raises ConfigError where another one has that base class.
    """
    known = _MODALITIES.setdefault(modality.models, modality)
    if type(known) is not type(modality):
        raise ConfigError(
            f"models of {modality.models.__name__} are of {type(known).__name__} already: give "
            f"{type(modality).__name__} a base class of its own."
        )


def modality_of(model: ModelConfig | type[ModelConfig]) -> Modality:
    """That of a model's configuration, or of a class of such.

    It is the one that is registered for the nearest of its base classes; ConfigError where there is none.

    >>> from surjax.models import Glow
    >>> modality_of(Glow()).form.__name__
    'ImageForm'
    """
    cls = model if isinstance(model, type) else type(model)
    for base in cls.__mro__:
        if base in _MODALITIES:
            return _MODALITIES[base]
    raise ConfigError(
        f"nobody knows what {cls.name} is a model of: derive {cls.__name__} from a class that has a modality "
        f"({', '.join(base.__name__ for base in _MODALITIES)}), or register one for it."
    )


for _modality in (TableModality(), ImageModality(), StagedModality()):
    register_modality(_modality)

"""Model folders of format 1, which called a class by the file that it was in."""

from typing import Any

_RENAMED = {
    "surjax.nn.conv_codec._Residuals": "surjax.nn.ResidualStack",
    "surjax.nn.gated_attention._Block": "surjax.nn.GatedAttentionBlock",
    "surjax.nn.image_encoder._Block": "surjax.nn.EncoderBlock",
    "surjax.nn.residual_conv._Block": "surjax.nn.ResidualBlock",
}
_PACKAGES = {
    "surjax.nn.": "surjax.nn",
    "surjax.transforms.univariate.": "surjax.univariate",
    "surjax.": "surjax",
}


def upgraded(tree: Any) -> Any:
    """The description of a model as today's format has it."""
    if isinstance(tree, list):
        return [upgraded(part) for part in tree]
    if not isinstance(tree, dict):
        return tree
    new = {key: upgraded(part) for key, part in tree.items()}
    if isinstance(tree.get("class"), str):
        new["class"] = public_name(tree["class"])
    return new


def public_name(path: str) -> str:
    """The public name of the class of a path.

    >>> public_name("surjax.transforms.univariate.affine.Affine"), public_name("equinox.nn.Linear")
    ('surjax.univariate.Affine', 'equinox.nn.Linear')
    """
    if path in _RENAMED:
        return _RENAMED[path]
    for old, new in _PACKAGES.items():
        if path.startswith(old):
            return f"{new}.{path.rpartition('.')[2]}"
    return path

"""What surjax raises when it was given something that it cannot use.

Each message is one sentence that says what was given, what was wanted and how to mend it. The command
line prints it and exits with status 2; everything else is a bug and keeps its traceback.
"""


class SurjaxError(ValueError):
    """A user's mistake, told in one sentence."""


class ShapeError(SurjaxError):
    """An array, or the output of one transform, has a shape that the next one does not take.

    `wanted` and `given` are kept beside the message, so that a chain can name both neighbours.
    """

    def __init__(self, message: str, wanted: str = "", given: object = None):
        super().__init__(message)
        self.wanted = wanted
        self.given = given


class DataError(SurjaxError):
    """A data set that cannot be read or cannot be modelled as it is."""


class ConfigError(SurjaxError):
    """A setting that is unknown or out of its range."""


class RunError(SurjaxError):
    """A run or model folder that is missing, incomplete, damaged, too new, or of another model."""


class TrainingError(SurjaxError):
    """Training that cannot go on: too many steps whose loss or gradient was not finite."""

"""The tasks of `surjax reproduce inference`: simulators whose posterior is known."""

from surjax.studies.inference_tasks.gaussian_linear import GaussianLinear
from surjax.studies.inference_tasks.gaussian_mixture import GaussianMixture
from surjax.studies.inference_tasks.slcp import SLCP
from surjax.studies.inference_tasks.task import Task
from surjax.studies.inference_tasks.two_moons import TwoMoons

TASKS: dict[str, type[Task]] = {task.name: task for task in (TwoMoons, SLCP, GaussianLinear, GaussianMixture)}
"""Every task by its name."""

__all__ = ["SLCP", "TASKS", "GaussianLinear", "GaussianMixture", "Task", "TwoMoons"]

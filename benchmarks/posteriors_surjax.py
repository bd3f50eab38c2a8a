"""A posterior by `surjax.inference.npe` at its defaults, in a process of its own.

python posteriors_surjax.py TASK SIMULATIONS SEED OBSERVATIONS SAMPLES OUT.npz

writes the simulations that it made, the observations, draws of each one's posterior, and seconds.
"""

import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import surjax as sx
from surjax.inference import npe
from surjax.studies.inference import observed
from surjax.studies.inference_tasks import TASKS
from surjax.testing.compilations import count_compilations


def main() -> None:
    name, budget, seed, observations, samples, out = sys.argv[1:]
    task = TASKS[name]()
    seen = [observed(task, number, int(samples)) for number in range(int(observations))]
    xs = jnp.stack([each.x for each in seen])
    began, used = time.perf_counter(), time.process_time()
    with count_compilations() as compiled:
        posterior = npe(task.prior, task.simulate, jax.random.key(int(seed)), num_simulations=int(budget))
        trained = time.perf_counter() - began
        draws = posterior.sample_each(jax.random.key(int(seed) + 1), int(samples), xs)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    np.savez(
        Path(out),
        theta=np.asarray(posterior.simulations.theta),
        x=np.asarray(posterior.simulations.x),
        observations=np.asarray(xs),
        reference=np.stack([each.reference for each in seen]),
        draws=np.asarray(draws),
        n=int(samples),
        seed=int(seed),
        train_seconds=trained,
        seconds=seconds,
        processor_seconds=processor,
        compile_seconds=compiled.seconds,
        version=sx.__version__,
        **_prior(task.prior),
    )


def _prior(prior: sx.Uniform | sx.Normal) -> dict[str, np.ndarray]:
    if isinstance(prior, sx.Uniform):
        return {"low": np.asarray(prior.low.array), "high": np.asarray(prior.high.array)}
    spread = np.exp(np.asarray(prior.log_scale.array))
    return {"loc": np.asarray(prior.loc.array), "scale": spread}


if __name__ == "__main__":
    main()

"""Neural posterior estimation by the package sbi, with its defaults, in an environment of its own.

python sbi_npe.py simulations.npz draws.npz
"""

import sys
import time
from importlib.metadata import version

import numpy as np
import torch
from sbi.inference import NPE
from sbi.utils import BoxUniform


def _prior(given: dict[str, np.ndarray]) -> torch.distributions.Distribution:
    if "low" in given:
        return BoxUniform(torch.tensor(given["low"]), torch.tensor(given["high"]))
    loc, scale = torch.tensor(given["loc"]), torch.tensor(given["scale"])
    return torch.distributions.MultivariateNormal(loc, torch.diag(scale**2))


def main() -> None:
    """Train on theta and x, and draw n for each of the observations."""
    given = dict(np.load(sys.argv[1]))
    torch.manual_seed(int(given["seed"]))
    began, used = time.perf_counter(), time.process_time()
    inference = NPE(prior=_prior(given), show_progress_bars=False)
    inference.append_simulations(torch.tensor(given["theta"]), torch.tensor(given["x"]))
    estimator = inference.train()
    trained = time.perf_counter() - began
    posterior = inference.build_posterior(estimator)
    n = int(given["n"])
    draws = [
        posterior.sample((n,), x=torch.tensor(x), show_progress_bars=False).numpy()
        for x in given["observations"]
    ]
    np.savez(
        sys.argv[2],
        draws=np.stack(draws),
        train_seconds=trained,
        seconds=time.perf_counter() - began,
        processor_seconds=time.process_time() - used,
        version=version("sbi"),
    )


if __name__ == "__main__":
    main()

"""Training, scoring and sampling in eager PyTorch, the same for the three libraries on it."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from peers.library import Architecture, Kind


class TorchLibrary(ABC):
    """A PyTorch library: a subclass names it, builds its module, and calls it.

    Eager mode, which is what these libraries document; Adam is PyTorch's fused one, its fastest on
    the CPU. Batches are slices of a shuffled tensor, which is faster than a DataLoader.
    """

    name: str
    version: str
    framework = f"PyTorch {torch.__version__}"

    def __init__(self):
        torch.set_num_threads(len(os.sched_getaffinity(0)))

    @abstractmethod
    def module(self, kind: Kind, dim: int, config: Architecture) -> nn.Module:
        """The library's flow."""

    @abstractmethod
    def log_density(self, x: Tensor) -> Tensor:
        """The log-density under `self.flow`."""

    @abstractmethod
    def draw(self, n: int) -> Tensor:
        """Samples from `self.flow`."""

    def build(self, kind: Kind, dim: int, config: Architecture, seed: int) -> None:
        """Build the flow that the other methods then use."""
        torch.manual_seed(seed)
        self.flow = self.module(kind, dim, config)
        self.parameters = sum(p.numel() for p in self.flow.parameters() if p.requires_grad)

    def train(self, x: np.ndarray, steps: int, batch: int, lr: float) -> tuple[float, float]:
        """Take Adam steps; returns the seconds of a first step and of the `steps` after it."""
        batches = shuffled_batches(torch.from_numpy(x), batch)
        optimizer = torch.optim.Adam(self.flow.parameters(), lr=lr, fused=True)

        def step() -> None:
            loss = -self.log_density(next(batches)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        start = time.perf_counter()
        step()
        first = time.perf_counter() - start

        start = time.perf_counter()
        for _ in range(steps):
            step()
        return first, time.perf_counter() - start

    @torch.no_grad()
    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """The log-density of each row of x, in nats."""
        return self.log_density(torch.from_numpy(x)).numpy()

    @torch.no_grad()
    def sample(self, n: int) -> np.ndarray:
        """n samples, shape (n, dim)."""
        return self.draw(n).numpy()


def shuffled_batches(data: Tensor, batch: int) -> Iterator[Tensor]:
    """Batches without end, the data shuffled anew for each epoch."""
    while True:
        yield from data[torch.randperm(len(data))].split(batch)


def half(dim: int, layer: int) -> Tensor:
    """The dimensions that coupling number `layer` transforms, as a mask: the second half first."""
    second = torch.arange(dim) >= dim // 2
    return second if layer % 2 == 0 else ~second

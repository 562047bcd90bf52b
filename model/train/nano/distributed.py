"""Several processes of one thread each on a CPU, their gradients averaged (gloo). Knows nothing of what is trained."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

__all__ = ["average_gradients", "spawned"]

STOP = 1e6
"""Added to how far a run is where a process was asked to stop: the mean then says so to all."""


def average_gradients(network: nn.Module, done: float, stop: bool) -> tuple[float, bool]:
    """One all-reduce for every gradient, how far the run is, and whether any process was asked to stop."""
    import torch.distributed as dist

    parameters = [p for p in network.parameters() if p.grad is not None]
    last = torch.tensor([done + STOP * stop])
    flat = torch.cat([p.grad.flatten() for p in parameters] + [last])  # type: ignore[union-attr]
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    offset = 0
    for p in parameters:
        p.grad = flat[offset : offset + p.numel()].view(p.shape).to(memory_format=torch.preserve_format)
        offset += p.numel()
    mean = float(flat[-1])
    return (done, True) if mean > STOP / (2 * dist.get_world_size()) else (mean, False)


def _process(rank: int, train: Callable[[Any, int], None], run: Any, port: int) -> None:
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=run.processes)
    try:
        train(run, rank)
        dist.barrier()
    finally:
        dist.destroy_process_group()


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def spawned(train: Callable[[Any, int], None], run: Any) -> None:
    """train(run, rank) in `run.processes` processes; SIGTERM is passed on to them, and they are waited for."""
    from torch.multiprocessing.spawn import spawn

    context = spawn(_process, (train, run, _free_port()), nprocs=run.processes, join=False)
    assert context is not None
    children = [process for process in context.processes if process is not None]
    before = signal.signal(signal.SIGTERM, lambda *_: [child.terminate() for child in children])
    try:
        while not context.join():
            pass
    finally:
        signal.signal(signal.SIGTERM, before)

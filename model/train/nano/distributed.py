"""Several processes of one thread each on a CPU; accelerate averages their gradients. Knows nothing of the training."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from accelerate import Accelerator

__all__ = ["begin_process", "spawned"]


def begin_process() -> Accelerator:
    """What one of the processes that `spawned` started has of them."""
    from accelerate import Accelerator, DistributedDataParallelKwargs

    # The heads after the mask have no gradient in the first stages.
    return Accelerator(cpu=True, kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)])


def _process(number: int, train: Callable[[Any], None], run: Any, port: int) -> None:
    place = {"RANK": number, "LOCAL_RANK": number, "WORLD_SIZE": run.processes, "MASTER_ADDR": "127.0.0.1"}
    os.environ |= {name: str(value) for name, value in {**place, "MASTER_PORT": port}.items()}
    torch.set_num_threads(1)
    try:
        train(run)
    finally:
        from accelerate import PartialState

        PartialState().destroy_process_group()


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def spawned(train: Callable[[Any], None], run: Any) -> None:
    """train(run) in `run.processes` processes; SIGTERM is passed on to them, and they are waited for."""
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

"""What the daemon allows and how patient it is. One frozen table; tests make it less patient."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..wire.parts import Limits

__all__ = ["Settings"]

_GIB = 1 << 30


@dataclass(frozen=True)
class Settings:
    """Seconds and bytes.

    idle_exit: without clients and jobs, the daemon ends; None = never.   worker_idle: a worker without work is let go.
    silence: a worker that did not beat is frozen.   stall: one that beats, but whose engine made no step, is stuck.
    grace: what a cancelled engine gets at least to reach its next step.
    upload_idle: an upload without bytes is dropped.
    keep_age, keep_bytes, keep_jobs: jobs that ended longer ago, or the oldest beyond, are dropped.
    margin: disk that must stay free.
    probe_interval: engines that could not run are looked at again after so long.
    worker: the command of a worker; empty = this installation's own.
    """

    limits: Limits = field(default_factory=lambda: Limits(pixels=100_000_000, side=30_000))
    idle_exit: float | None = None
    worker_idle: float = 300.0
    silence: float = 60.0
    stall: float = 900.0
    grace: float = 1.5
    upload_idle: float = 60.0
    keep_age: float = 7 * 86400.0
    keep_bytes: int = 8 * _GIB
    keep_jobs: int = 500
    margin: int = 256 << 20
    probe_interval: float = 10.0
    worker: tuple[str, ...] = ()

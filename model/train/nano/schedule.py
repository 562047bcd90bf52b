"""When a run ends, and its learning rate on the way there: warm-up, a constant rate, one cooldown.

Warmup-stable-decay (arXiv 2404.06395): the rate before the cooldown does not depend on the length of the run, so a run
that was stopped goes on as if it had not been. The cooldown is 1 - sqrt (arXiv 2405.18392). Knows nothing of networks.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from ...errors import InvalidRequest

__all__ = ["minutes_until", "rate_factor"]


def rate_factor(taken: int, warmup: int, done: float, cooldown: float) -> float:
    """0..1, what the learning rate is multiplied by.

    taken: steps of this run.   warmup: steps over which the rate rises.   done: 0..1, how much of the run is over.
    cooldown: 0..1, the share of the run in which the rate falls to 0; 0: it does not fall.
    """
    warm = min(1.0, (taken + 1) / warmup)
    if done <= 1 - cooldown or cooldown <= 0:
        return warm
    return warm * (1 - math.sqrt(min(1.0, (done - 1 + cooldown) / cooldown)))


def minutes_until(clock: str, now: datetime | None = None) -> float:
    """Minutes from now to the next HH:MM of the machine's clock. Raises InvalidRequest for anything else."""
    now = now or datetime.now()
    try:
        at = datetime.strptime(clock, "%H:%M")
    except ValueError:
        raise InvalidRequest(f"{clock!r} is no time of the day: give --until as HH:MM") from None
    end = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if end <= now:
        end += timedelta(days=1)
    return (end - now).total_seconds() / 60

"""Samples made ahead of the step that needs them, by worker processes of torch's own loader."""

from __future__ import annotations

from collections.abc import Iterator

from torch.utils.data import DataLoader, Dataset

from .sample import Source, Triplets

__all__ = ["Ahead"]

_PREFETCH = 2
"""Batches that every worker makes ahead."""


class _Batches(Dataset):
    """The batches of one process by their numbers."""

    def __init__(self, source: Source, rank: int, count: int) -> None:
        self._source, self._rank, self._count = source, rank, count

    def __getitem__(self, step: int) -> Triplets:
        return self._source.at(step, self._rank, self._count)


class Ahead:
    """`Source.at` for one process, asked step by step, with `workers` processes that make the next samples meanwhile.

    The samples are those that `Source.at` gives: how many workers there are changes nothing but the time.
    last: the step after the last that will be asked for.
    """

    def __init__(self, source: Source, rank: int, count: int, last: int, workers: int) -> None:
        self._batches = _Batches(source, rank, count)
        self._last, self._workers = last, workers
        self._coming: Iterator[Triplets] = iter(())
        self._next = -1

    def at(self, step: int) -> Triplets:
        """The samples of `step`. Asked out of order, the workers start anew from there."""
        if self._workers == 0:
            return self._batches[step]
        if step != self._next:
            self._coming = iter(
                DataLoader(
                    self._batches,
                    batch_size=None,
                    sampler=range(step, max(self._last, step + 1)),
                    num_workers=self._workers,
                    prefetch_factor=_PREFETCH,
                )
            )
        self._next = step + 1
        return next(self._coming)

"""Every threshold of editing by hand in one frozen table: brushes, ghost removal, layer statistics, history.

The values were chosen by hand on the pictures of `examples/`; `benchmarks/edit.py` measures what they cost in time.
Lengths are pixels of the full-size picture; colours and alpha are 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EditConfig"]


@dataclass(frozen=True)
class EditConfig:
    """Raises ValueError where a length or a count is not positive."""

    # What a layer is made of (layer_stats)
    stats_cell: int = 4
    """Side of the cells on which local colour and opacity are found: both are smooth."""
    stats_sigma: float = 20.0
    """Standard deviation of the Gaussian neighbourhood of local colour and opacity."""
    stats_prior: float = 1e-3
    """Weight of the whole layer's statistics beside the local ones, as mean squared alpha of the neighbourhood."""
    stats_samples: int = 1 << 16
    """Pixels sampled for the statistics of a whole layer."""

    # Exact solve (patch)
    backdrop_forget_rate: float = 8.0
    """The old backdrop's weight reaches 0 when transmission drops by 1 / this."""

    # Operations
    operation_margin: int = 24
    """Pixels around the brush that single pixels are compared with."""

    # Edge-aware brush
    brush_core: float = 0.35
    """Inner share of the radius whose pixels are taken as certainly meant."""
    brush_least_spread: float = 0.08
    """Colours this near to the core's median count as equal, even where the core has no texture."""
    missed_opacity: float = 0.5
    """Share of its usual opacity from which on the layer counts as already there under the middle of the brush."""
    thin_mark_half_width: int = 40
    """Half a line's width up to which it counts as a thin mark."""
    thin_mark_share: float = 0.02
    """Least share of the brush that a thin mark fills; less is texture of the picture."""

    # Ghost removal (ghost_gain)
    gain_cell: int = 2
    """Side of the cells on which the gain is regressed: edges remain edges, at a quarter of the time."""
    gain_detail_sigma: float = 7.0
    """Standard deviation of the high-pass filter: what is smoother belongs to the picture."""
    gain_block: int = 4
    """Cells a side over which the products of the regression are averaged first."""
    gain_sigma: float = 24.0
    """Standard deviation of the neighbourhood over which one gain is regressed."""
    gain_samples: int = 1 << 18
    """Pixels sampled for the gains of a whole layer."""
    gain_ridge: float = 2e-5
    """Ridge towards gain 1, as variance of the layer's contribution."""
    gain_passes: int = 3
    """How often one gain for the whole layer is measured, each time with the layer as it was found."""
    gain_prior: float = 1.0
    """Share of a larger neighbourhood's evidence with which its gain counts in a smaller one."""
    gain_evidence: tuple[float, float] = (0.4, 1.0)
    """Evidence, relative to that of a larger neighbourhood, below which it is not used, and above which fully."""
    gain_limits: tuple[float, float] = (0.0, 3.0)
    """Least and largest gain."""
    gain_correlation: tuple[float, float] = (0.05, 0.25)
    """Squared correlation of picture and layer below which the gain is not used, and above which it is used fully."""
    channel_gain_limits: tuple[float, float] = (0.5, 2.0)
    """How far one channel's gain may lie from the gain of all channels, as a factor."""
    edge_sigma: float = 2.5
    """Standard deviation across an edge over which the backdrop on it is averaged."""
    gain_blocks: int = 16
    """Blocks from which the gain of a whole layer is regressed."""
    gain_block_side: int = 256
    """Side of such a block."""

    # Strokes and global edits
    context: int = 64
    """Pixels around a dab or a block that are read for colour, opacity and ghosts."""
    global_block: int = 512
    """Side of the blocks in which a whole layer is edited."""

    # History (journal)
    journal_tile: int = 128
    """Side of a tile of the journal: a brush of that size touches at most four."""
    history_in_memory: int = 32 << 20
    """Bytes of compressed history kept in memory before it moves to a file."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int | float) and value <= 0:
                raise ValueError(f"{name} is {value}: it must be above 0")

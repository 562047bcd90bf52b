"""Which kinds the small network leaves to classic, or alone: `python -m model.evaluate.policy EVALUATION.json`.

Needs an evaluation that ran both `nano` and `classic:kind`: when nano hands over it tells classic the kind. Writes
{kind: "classic" | "leave"}; a kind without a line stays with nano. Knows nothing of how errors were measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

from ..errors import InvalidRequest
from .tables import write_atomically

__all__ = ["choose", "main"]

GAIN = 0.95
"""Median ratio to the unchanged picture that anyone must reach, or the picture is left alone."""

CLASSIC, NANO = "classic:kind", "nano"


def choose(outcomes: list[dict]) -> dict[str, str]:
    """kind -> "classic" or "leave", from the outcomes of an evaluation.

    All looks of a kind count alike. Raises InvalidRequest where one of the two did not run.
    """
    policy = {}
    for kind in sorted({o["kind"] for o in outcomes if o["kind"]}):
        ratios = {n: [o["ratio"] for o in outcomes if (o["kind"], o["method"]) == (kind, n)] for n in (NANO, CLASSIC)}
        if not all(ratios.values()):
            raise InvalidRequest(f"{NANO} or {CLASSIC} was not run on {kind}: evaluate with --engines {NANO},{CLASSIC}")
        nano, classic = median(ratios[NANO]), median(ratios[CLASSIC])
        if min(nano, classic) > GAIN:
            policy[kind] = "leave"
        elif classic < nano:
            policy[kind] = "classic"
    return policy


def main(arguments: list[str] | None = None) -> int:
    """Write the policy beside the weights, or where --out says."""
    parser = argparse.ArgumentParser(
        prog="python -m model.evaluate.policy", description="Write the policy an evaluation suggests."
    )
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "nano" / "policy.json")
    args = parser.parse_args(arguments)
    policy = choose(json.loads(args.evaluation.read_text(encoding="utf-8"))["outcomes"])
    write_atomically(args.out, json.dumps(policy, indent=1) + "\n")
    print(policy)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m training.panorama.blend FIRST SECOND OUT [--share 0.5]`: a network between two stages of a training.

Weights of one training's stages lie in one valley, and between them a network errs in fewer ways of its own (Wortsman
et al., "Model soups", ICML 2022). SECOND must have begun with FIRST's weights.
"""

import argparse
from pathlib import Path

import torch

from training.stereo.checkpoint import load, save


def blend(first: Path, second: Path, out: Path, share: float) -> None:
    """Write a checkpoint that holds averaged weights only, for evaluation and export; `share` is the second's."""
    ours, theirs = (load(path, torch.device("cpu"))["average"] for path in (first, second))
    mixed = {
        name: value.lerp(theirs[name], share) if value.dtype.is_floating_point else theirs[name]
        for name, value in ours.items()
    }
    save(out, {"average": mixed})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("first", "second", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--share", type=float, default=0.5)
    asked = parser.parse_args()
    blend(asked.first, asked.second, asked.out, asked.share)


if __name__ == "__main__":
    main()

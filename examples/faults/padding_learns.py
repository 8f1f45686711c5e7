"""A table made without padding_idx, and a mean over all positions: padding has a part in the answers."""

from case import Case, show
from torch import Tensor

from textclf.doctor import Findings
from textclf.layers import mean_pool

CODE, MODELS, EARLY = "padding-row", ("average", "convolution"), True


def over_all(x: Tensor, lengths: Tensor) -> Tensor:
    """Take the mean over padding too."""
    return x.mean(dim=1)


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.own_model(over_all, padding_idx=None))


def repaired(case: Case, cure: str) -> Findings:
    """Pass padding_idx=0, and take the mean over tokens."""
    return case.train(case.own_model(mean_pool, padding_idx=0))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)

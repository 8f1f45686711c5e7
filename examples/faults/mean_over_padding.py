"""A mean over all positions, padding too: a text is answered by the length of its neighbours."""

from case import Case, show
from torch import Tensor

from textclf.doctor import Findings
from textclf.layers import mean_pool

CODE, MODELS, EARLY = "depends-on-padding", ("average", "convolution"), True


def over_all(x: Tensor, lengths: Tensor) -> Tensor:
    """Take the mean over padding too."""
    return x.mean(dim=1)


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.own_model(over_all))


def repaired(case: Case, cure: str) -> Findings:
    """Use lengths."""
    return case.train(case.own_model(mean_pool))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)

"""A mean over dimension 0, which is that of the texts: a text is answered by its neighbours."""

from case import Case, show
from torch import Tensor

from textclf.doctor import Findings
from textclf.layers import mean_pool

CODE, MODELS, EARLY = "depends-on-batch", ("average", "convolution"), True


def centred(x: Tensor, lengths: Tensor) -> Tensor:
    """Take away the mean of the batch."""
    pooled = mean_pool(x, lengths)
    return pooled - pooled.mean(dim=0)


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.own_model(centred))


def repaired(case: Case, cure: str) -> Findings:
    """Keep the texts apart."""
    return case.train(case.own_model(mean_pool))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)

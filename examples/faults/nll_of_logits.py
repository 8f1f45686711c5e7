"""nll_loss, which expects log-probabilities, is given logits: the loss falls without end."""

from case import Case, show
from torch.nn import functional as F

from textclf.doctor import Findings

CODE, MODELS, EARLY = "logits-for-log-probabilities", ("mlp", "textcnn"), True


def faulty(case: Case) -> Findings:
    """Train with nll_loss."""
    return case.train(case.model(), loss=F.nll_loss)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the loss of logits."""
    return case.train(case.model(), loss=F.cross_entropy)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)

"""Gradient descent with momentum at a high rate: the loss swings up and down."""

from typing import Any

from case import Case, number, show

from textclf.doctor import Findings

CODE, MODELS, EARLY = "oscillation", ("mlp", "textcnn"), False
SGD: dict[str, Any] = {
    "epochs": 2,
    "optimizer": "sgd",
    "optimizer_options": {"momentum": 0.9},
    "schedule": "constant",
}


def faulty(case: Case) -> Findings:
    """Train with it."""
    return case.train(case.model(), learning_rate=5.0, **SGD)


def repaired(case: Case, cure: str) -> Findings:
    """Pass the rate that the finding names, and clip the gradient."""
    rate, norm = number(cure, "learning_rate"), number(cure, "clip_norm")
    return case.train(case.model(), learning_rate=rate, clip_norm=norm, **SGD)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)

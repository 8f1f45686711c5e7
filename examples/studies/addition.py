"""Study 2: adding two long numbers, digit by digit: how many steps until every sum is right, and by what.

    python examples/studies/addition.py [--parts beat length rate layers state carry cell
                                         length_rate layers_carry] [--out DIR] [--seeds 5] [--quick]

Each step learns from 64 sums of its own, and 200 others are tried every five steps. A run ends when all of
these are right, or after 500 steps, which is then its figure.
"""

from contextlib import suppress
from functools import partial
from typing import Any

from frame import Page, arguments
from torch.optim.lr_scheduler import MultiStepLR

from textclf import TextEncoder, Trainer, addition_corpus, create_model, seed_everything
from textclf.experiment import StepScores, StepsUntil, compare, plot_curves, plot_grid, plot_scores, sweep

NAMES = ["beat", "length", "rate", "layers", "state", "carry", "cell", "length_rate", "layers_carry"]
given = arguments(__doc__, out="addition", parts=NAMES, built_in=True)
page = Page(given.out)
LENGTHS = [2, 3] if given.quick else [5, 10, 25, 50, 70]
RATES = [0.01, 0.5] if given.quick else [0.001, 0.005, 0.01, 0.05, 0.1, 0.5]
LAYERS = [1, 2] if given.quick else [1, 2, 3, 4]
START = {"on": ("zeros", True), "off": ("gaussian", False), "zero": ("zeros", False)}
data = {"steps": 20, "sums": 20} if given.quick else {"steps": 500, "sums": 200}
until = StepsUntil("accuracy", 1.0, cap=data["steps"])
how: dict[str, Any] = {"seeds": given.seeds, "folder": page.runs, "n_jobs": given.jobs}


class AllRight(Exception):  # noqa: N818 - it is no error
    """Ends a run."""


class UntilAllRight(StepScores):
    """Ends a run when every sum is right."""

    def on_step_end(self, trainer: Any, result: Any) -> None:
        """Measure, if it is time."""
        super().on_step_end(trainer, result)
        if self.rows and self.rows[-1]["accuracy"] == 1.0:
            raise AllRight


def falling(optimizer: Any, steps: int) -> MultiStepLR:
    """Divide the learning rate by ten after 100, 200 and 300 steps."""
    return MultiStepLR(optimizer, [100, 200, 300])


def learn(
    data: dict[str, int],
    seed: int,
    length: int = 10,
    learning_rate: float = 0.01,
    schedule: Any = "constant",
    num_layers: int = 2,
    carry_over: str = "zero",
    batch_size: int = 64,
    tried_at: int = 0,
    **options: Any,
) -> dict[str, Any]:
    """Train until all sums are right; with ``tried_at``, for all steps, and then try sums of that length.

    Carry-over "on" begins a batch in the state in which the one before ended, "off" in one random state,
    and "zero" at zeros. To try sums, all begin as the first batch did.
    """
    sums = addition_corpus(batch_size * data["steps"], length=length, seed=10 * seed)
    others = addition_corpus(data["sums"], length=length, seed=10 * seed + 1)
    encoder, train = TextEncoder.build_and_encode(
        sums.tokens, token_labels=sums.labels, tokenizer="whitespace"
    )
    initial, carried = START[carry_over]
    seed_everything(seed)
    model = create_model(
        "rnn_tagger",
        vocab_size=encoder.vocab_size,
        num_classes=encoder.num_classes,
        **{
            "cell": "rnn",
            "num_layers": num_layers,
            "initial_state": initial,
            "carry_state": carried,
            "dropout": 0.0,
            "embedding_dropout": 0.0,
            "embedding_std": 1.0,
            **options,
        },
    )
    test = encoder.encode(others.tokens, token_labels=others.labels)
    scores = (StepScores if tried_at else UntilAllRight)(test, every=5)
    trainer = Trainer(
        model,
        epochs=1,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule=schedule,
        seed=seed,
        callbacks=[scores],
        progress=False,
    )
    with suppress(AllRight):
        trainer.fit(train)
    found = {"history": scores.rows, "accuracy": scores.rows[-1]["accuracy"]}
    if tried_at:
        new = addition_corpus(1000, length=tried_at, seed=10 * seed + 2)
        report = trainer.evaluate(encoder.encode(new.tokens, token_labels=new.labels))
        found["sequence_accuracy"] = report.sequence_accuracy
    return found


def show(part: str, study: Any, *, grid: tuple[str, str] | None = None) -> None:
    """Show the steps of a study, and how many digits were right where a run ended."""
    picture = {"scores": plot_scores(study)} if grid is None else {"grid": plot_grid(study, *grid)}
    page.add(part, study, **picture)
    page.add(f"{part}_accuracy", study.measured_by("accuracy"))


def beat() -> None:
    """Learn sums of 10 digits in 100 steps, and from sums of 20 digits to add 200; try 1,000 new sums."""
    setups: dict[str, tuple[int, dict[str, Any]]] = {
        "10 digits, RNN": (100, {"length": 10, "tried_at": 10}),
        "10 digits, GRU, 256 sums a step": (
            100,
            {"length": 10, "tried_at": 10, "cell": "gru", "learning_rate": 0.02, "batch_size": 256},
        ),
        "20 digits, RNN, tried on 200 digits": (600, {"length": 20, "tried_at": 200}),
    }
    for number, (name, (steps, options)) in enumerate(setups.items(), 1):
        sizes = {**data, "steps": 5 if given.quick else steps}
        setup = {name: partial(learn, schedule="cosine", **options)}
        study = compare(setup, sizes, measure="sequence_accuracy", **how)
        page.add(f"beat_{number}", study, curves=plot_curves(study, "accuracy", over="step"))
        page.add(f"beat_{number}_steps", study.measured_by(StepsUntil("accuracy", 1.0, cap=sizes["steps"])))


def length() -> None:
    """Try long numbers."""
    setups = {f"{n} digits": partial(learn, length=n, learning_rate=0.01) for n in LENGTHS}
    show("length", compare(setups, data, measure=until, **how))


def length_rate() -> None:
    """Try each length with each learning rate."""
    grid: dict[str, Any] = {"length": LENGTHS, "learning_rate": RATES}
    show("length_rate", sweep(learn, grid, data, measure=until, **how), grid=("learning_rate", "length"))


def rate() -> None:
    """Try learning rates, and a large one that falls."""
    setups = {f"{rate:g}": partial(learn, length=LENGTHS[1], learning_rate=rate) for rate in RATES}
    for high in (0.05, 0.1, 0.5):
        setups[f"{high:g}, MultiStepLR"] = partial(learn, learning_rate=high, schedule=falling)
    show("rate", compare(setups, data, measure=until, **how))


def layers() -> None:
    """Try numbers of layers."""
    setups = {f"{n} layers": partial(learn, num_layers=n, carry_over="zero") for n in LAYERS}
    show("layers", compare(setups, data, measure=until, **how))


def state() -> None:
    """Try states to begin in."""
    kinds = ["zeros", "gaussian", "gaussian_x10", "xavier_tanh", "xavier_relu"]
    setups = {kind.replace("_", " "): partial(learn, initial_state=kind) for kind in kinds}
    show("state", compare(setups, data, measure=until, **how))


def carry() -> None:
    """Try carry-over."""
    setups = {kind: partial(learn, num_layers=LAYERS[1], carry_over=kind) for kind in START}
    show("carry", compare(setups, data, measure=until, **how))


def layers_carry() -> None:
    """Try each number of layers with each kind of carry-over."""
    grid: dict[str, Any] = {"num_layers": LAYERS, "carry_over": list(START)}
    show("layers_carry", sweep(learn, grid, data, measure=until, **how), grid=("num_layers", "carry_over"))


def cell() -> None:
    """Try kinds of networks."""
    kinds: dict[str, dict[str, Any]] = {
        "tanh": {"cell": "rnn"},
        "ReLU": {"cell": "rnn", "nonlinearity": "relu"},
        "LSTM": {"cell": "lstm"},
        "GRU": {"cell": "gru"},
    }
    setups = {name: partial(learn, **options) for name, options in kinds.items()}
    show("cell", compare(setups, data, measure=until, **how))


PARTS = dict(
    zip(NAMES, [beat, length, rate, layers, state, carry, cell, length_rate, layers_carry], strict=True)
)
for part in given.parts:
    PARTS[part]()

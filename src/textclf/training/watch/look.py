"""What is kept of a closer look at one step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

__all__ = ["ActivationLook", "Look", "OutputLook", "ParameterLook", "is_looked_at"]

_LOOKUPS = ("Embedding", "EmbeddingBag")
_EARLY = (1, 2, 5, 10, 20, 50)


def is_looked_at(step: int) -> bool:
    """Say whether a step, counted from 1, gets a closer look: often at first, then nine times a decade.

    Example:
        >>> [step for step in range(1, 1001) if is_looked_at(step)]
        [1, 2, 5, 10, 20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
    """
    return step in _EARLY if step < 100 else step % 10 ** (len(str(step)) - 1) == 0


@dataclass(frozen=True)
class ParameterLook:
    """A parameter in one step. Rows are what its first dimension counts: the units of a layer.

    Of a large parameter, rows and elements are a sample, evenly spaced.

    Attributes:
        name: As in the model's ``named_parameters``.
        kind: The class of the module that it is of, such as ``"Linear"``.
        shape: Its shape.
        trained: Whether it asks for a gradient.
        gradient: L2 norm of its gradient after clipping, or None if it got none.
        weight: L2 norm of its values before the step; of a large one, as its sample has it.
        ratio: L2 norm of what the step added, divided by that of the values before; infinite where
            those were zero.
        idle_rows: Share of the rows whose gradient is exactly zero; 0 without a gradient.
        same_rows: Whether it has several rows, and all were the same before the step, but for rounding.
        same_gradients: Whether it has several rows, and their gradients are the same, but for rounding.
        finite: Whether values after the step and gradient are finite.
        idle: Which of the rows looked at have a gradient of exactly zero, by number; only of matrices.
        meant_frozen: Whether ``requires_grad = False`` was written to a module that holds it, which is an
            attribute like any other and freezes nothing.
        random: Whether it is a table that is not trained, of numbers as if drawn at random.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    trained: bool
    gradient: float | None
    weight: float
    ratio: float
    idle_rows: float
    same_rows: bool
    same_gradients: bool
    finite: bool
    idle: tuple[int, ...] = ()
    meant_frozen: bool = False
    random: bool = False

    @property
    def is_lookup(self) -> bool:
        """Whether it is a table, of which a step reads a few rows."""
        return self.kind in _LOOKUPS

    @property
    def is_matrix(self) -> bool:
        """Whether it is the weight of a layer of several units: no table, bias or scale."""
        return len(self.shape) > 1 and self.shape[0] > 1 and not self.is_lookup


@dataclass(frozen=True)
class OutputLook:
    """What the model answered in one step, in training mode, to at most 4,096 texts or tokens.

    Attributes:
        rows: How many there are.
        finite: Whether all numbers are finite.
        probabilities: Whether each row is at least 0 and sums to 1; of several labels, whether all numbers
            are from 0 to 1.
        log_probabilities: Whether each row is the logarithm of such a one.
        predicted: How often each class has the largest number; of several labels, a number above 0.
        labels: How often each class is the label.
        spread: Standard deviation of a class over the rows, as a mean over the classes.
        size: Mean absolute value.
        at_label: Mean of the number at the label; None of several labels.
        cross_entropy: Mean cross-entropy, taking them for logits; None of several labels.
    """

    rows: int
    finite: bool
    probabilities: bool
    log_probabilities: bool
    predicted: tuple[int, ...]
    labels: tuple[int, ...]
    spread: float
    size: float
    at_label: float | None = None
    cross_entropy: float | None = None


@dataclass(frozen=True)
class ActivationLook:
    """What a layer of activation, or a recurrent layer, gave in one step.

    Attributes:
        name: Of the module.
        kind: Its class, such as ``"Tanh"``.
        saturated: Share of the numbers within 0.01 of the end of the range of tanh or sigmoid.
        zero: Share of the numbers that are exactly zero.
        dead: Share of the units, counted by the last dimension, that are zero everywhere.
    """

    name: str
    kind: str
    saturated: float
    zero: float
    dead: float


@dataclass(frozen=True)
class Look:
    """One step, closely.

    Attributes:
        step: Counted from 1.
        epoch: Counted from 1.
        learning_rate: Of the step.
        loss: Of the step.
        gradient_norm: Over all parameters, before clipping.
        parameters: Each parameter of the model, in its order.
        outputs: What the model answered, or None if that was no tensor, as of several heads.
        activations: The layers whose output is bounded or cut off.
        time_gradients: Mean L2 norm of the gradient of an embedded token, by the tenth of the text in
            which it stands, over texts of at least 10 tokens; empty if the embedding was not seen.
    """

    step: int
    epoch: int
    learning_rate: float
    loss: float
    gradient_norm: float
    parameters: tuple[ParameterLook, ...] = ()
    outputs: OutputLook | None = None
    activations: tuple[ActivationLook, ...] = ()
    time_gradients: tuple[float, ...] = ()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint can hold."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Make it again from what :meth:`state` gave.

        Example:
            >>> look = Look(step=1, epoch=1, learning_rate=0.1, loss=0.7, gradient_norm=1.0)
            >>> Look.from_state(look.state()) == look
            True
        """
        parameters = (ParameterLook(**_with_tuples(its)) for its in state["parameters"])
        outputs = state["outputs"]
        return cls(
            **{
                **state,
                "parameters": tuple(parameters),
                "outputs": None if outputs is None else OutputLook(**_with_tuples(outputs)),
                "activations": tuple(ActivationLook(**its) for its in state["activations"]),
                "time_gradients": tuple(state["time_gradients"]),
            }
        )


def _with_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(its) if isinstance(its, list) else its for name, its in fields.items()}

"""The folder of a saved ensemble: a folder for each member, and a file that says which they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from textclf.classifier.estimator import TextClassifier
from textclf.errors import DataError, MissingFileError, must_be
from textclf.saved_model.folder import CONFIG_FILE, ENSEMBLE_FILE
from textclf.saved_model.plain_json import digest_of, read_object, write_object
from textclf.saved_model.saving import belonging_together
from textclf.validation import require_number

__all__ = ["checked_weights", "read_members", "write_members"]

_FORMAT = 1
_CURE = "It is damaged or was changed; save the ensemble again."


def checked_weights(weights: object, count: int) -> list[float] | None:
    """Return the weights of so many members, or None where all are alike.

    Raises:
        ArgumentError: They are not as many numbers above 0.

    Example:
        >>> checked_weights([2, 1], 2)
        [2.0, 1.0]
    """
    if weights is None:
        return None
    if isinstance(weights, str) or not isinstance(weights, Sequence) or len(weights) != count:
        raise must_be("weights", f"None or a list of {count} numbers, one for each member", weights)
    return [require_number(f"weights[{n}]", weight, above=0) for n, weight in enumerate(weights)]


def write_members(
    folder: Path, members: Mapping[str, TextClassifier], weights: Sequence[float] | None
) -> None:
    """Write each member to a folder of its own, and ``ensemble.json``.

    Args:
        folder: Which is there.
        members: Trained.
        weights: How much each counts, or None.
    """
    listed = []
    for number, (name, member) in enumerate(members.items()):
        member.save(folder / str(number))
        listed.append({"name": name, "sha256": _digest(folder / str(number))})
    content = {"format": _FORMAT, "members": listed, "weights": weights}
    write_object(folder / ENSEMBLE_FILE, {**content, "sha256": digest_of(content)})


def read_members(
    folder: Path,
    *,
    tokenizers: Mapping[str, Callable[[str], list[str]]] | None,
    device: str,
    precision: str,
) -> tuple[dict[str, TextClassifier], list[float] | None]:
    """Read what :func:`write_members` wrote.

    Returns:
        The members by name, and their weights.

    Raises:
        MissingFileError: A file is not there.
        DataError: A file is damaged, was changed, or is of another folder.
        ArgumentError: A tokenizer is missing, or given and not needed.
    """
    path = folder / ENSEMBLE_FILE
    try:
        content = read_object(path)
    except FileNotFoundError:
        cure = (
            "TextEnsemble.save() makes one; what TextClassifier.save() wrote, TextClassifier.load() reads."
        )
        raise MissingFileError(f"there is no saved TextEnsemble here. {cure}", path=path) from None
    if (found := content.get("format")) != _FORMAT:
        raise DataError(
            f"`format` must be {_FORMAT}. Received: {found!r}. Upgrade textclf if it is higher.", path=path
        )
    own = {name: value for name, value in content.items() if name != "sha256"}
    listed: Any = content.get("members")
    if content.get("sha256") != digest_of(own) or not _are_members(listed):
        raise DataError(f"the file must be as it was written. {_CURE}", path=path)
    names = [member["name"] for member in listed]
    given = {} if tokenizers is None else dict(tokenizers)
    if unknown := sorted(set(given) - set(names)):
        raise must_be("tokenizers", f"functions by the names of members, {names}", unknown)
    members = {}
    for number, name in enumerate(names):
        its = folder / str(number)
        options: dict[str, Any] = {"device": device, "precision": precision}
        members[name] = TextClassifier.load(its, tokenizer=given.get(name), **options)
        if _digest(its) != listed[number]["sha256"]:
            raise DataError(f"the member must be the one that was saved. {_CURE}", path=its)
    with belonging_together(folder):
        return members, checked_weights(content.get("weights"), len(members))


def _are_members(listed: object) -> bool:
    """Say whether this is a list of the names and digests of members."""
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(isinstance(member, dict) for member in listed)
        and all(isinstance(member.get(key), str) for member in listed for key in ("name", "sha256"))
        and len({member["name"] for member in listed}) == len(listed)
    )


def _digest(folder: Path) -> Any:
    """Return what ``config.json`` says of itself and of all other files of a member."""
    return read_object(folder / CONFIG_FILE).get("sha256")

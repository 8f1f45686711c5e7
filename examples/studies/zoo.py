"""Study 6: every model of the zoo against TF-IDF with logistic regression, on one set after another.

    python examples/studies/zoo.py DATA [--parts trec sst2 targets] [--out DIR] [--seeds 5] [--quick]

In the parts that are sets, all settings are the library's defaults; what differs from set to set is the
tokenizer and the vectors. The part ``targets`` measures the setting that was chosen for each set, on
validation texts, against the accuracy that was aimed at.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from frame import DATASETS, Page, arguments, small, small_split, split

from textclf import EmbeddingLoader, LabelledTexts, TextClassifier, TextEncoder, create_model, list_models
from textclf.experiment import Split, Study, compare, plot_scores

given = arguments(__doc__, out="zoo", parts=[*DATASETS, "targets"])
page = Page(given.out)
how: dict[str, Any] = {"seeds": given.seeds, "folder": page.runs, "n_jobs": given.jobs}
MODELS = [name for name in list_models() if name != "textrnn"]  # that is lstm by another name


class Target(NamedTuple):
    """The setting that was chosen for a set.

    Attributes:
        aim: The accuracy to reach.
        members: The models, each with what differs from the settings of the other parts; of several,
            the probabilities are averaged.
        learns_all: Whether they learn from the validation texts too, so that nothing stops them early.
    """

    aim: float
    members: tuple[tuple[str, dict[str, Any]], ...]
    learns_all: bool = False

    @property
    def name(self) -> str:
        """The models."""
        return " + ".join(model for model, _ in self.members)


TARGETS = {
    "zh_sentiment": Target(
        0.845,
        (
            ("fasttext", {"max_length": None}),  # words
            ("fasttext", {"max_length": None, "tokenizer": "char"}),
        ),
        learns_all=True,
    ),
    "imdb": Target(
        0.920,
        (
            (
                "fasttext",
                {
                    "max_length": None,
                    "model_options": {"ngrams": 3, "buckets": 1 << 22, "weighting": "naive_bayes"},
                },
            ),
        ),
        learns_all=True,
    ),
    "sst2_phrases": Target(0.845, (("textcnn", {}), ("bilstm", {}))),
    "trec": Target(0.925, (("dpcnn", {}), ("rcnn", {}), ("textcnn", {})), learns_all=True),
    "thucnews": Target(0.922, (("textcnn", {}), ("fasttext", {}))),
    "ag_news": Target(0.890, (("textcnn", {}),)),
}


def setup(model: str, name: str, **options: Any) -> TextClassifier:
    """Return a model with its default settings for a set, but for some options."""
    of = DATASETS[name]
    vectors = None if of.vectors is None or model == "fasttext" else given.data / "vectors" / of.vectors
    made = TextClassifier(
        model,
        tokenizer=of.tokenizer,
        min_freq=2,
        max_length=of.max_length,
        embedding=vectors,
        encoder_options={"keep": "both"},
    )
    return made.set_params(**options)


def size(setup: TextClassifier, train: LabelledTexts) -> str:
    """Count the trainable numbers of the model that a setup makes for these texts."""
    encoder = TextEncoder.build(
        train.texts, train.labels, tokenizer=setup.tokenizer, min_freq=setup.min_freq
    )
    options = dict(setup.model_options or {})
    if setup.embedding is not None:
        options["embedding"] = EmbeddingLoader(setup.embedding).load(encoder.vocab)[0]
    model = create_model(
        setup.model, vocab_size=encoder.vocab_size, num_classes=encoder.num_classes, **options
    )
    return f"{sum(p.numel() for p in model.parameters() if p.requires_grad) / 1e6:.1f} M"


def overview(studies: dict[str, Study], sizes: dict[str, dict[str, str]]) -> str:
    """Write one table of all models on all sets."""
    lines = ["| model | set | accuracy | 95% interval | seeds | seconds | numbers |", "|---" * 7 + "|"]
    for name, study in studies.items():
        for score in sorted(study.table, key=lambda score: -score.mean):
            lines.append(
                f"| {score.name} | {name} | {score.mean:.4f} | {score.low:.4f} to {score.high:.4f} | "
                f"{score.seeds} | {score.seconds:.0f} | {sizes[name].get(score.name, '-')} |"
            )
    return "\n".join(lines) + "\n"


def zoo(names: list[str]) -> None:
    """Compare all models with their default settings on each of these sets."""
    studies: dict[str, Study] = {}
    sizes: dict[str, dict[str, str]] = {}
    for name in names:
        data = small_split() if given.quick else split(name, given.data)
        if given.quick:
            setups = {model: small(TextClassifier(model)) for model in ("dan", "fasttext")}
        else:
            setups = {model: setup(model, name) for model in MODELS}
        studies[name] = compare(setups, data, **how)
        sizes[name] = {model: size(made, data.train) for model, made in setups.items()}
        page.add(name, studies[name], scores=plot_scores(studies[name]))
    (given.out / "overview.md").write_text(overview(studies, sizes), encoding="utf-8")


def targets() -> None:
    """Measure the setting that was chosen for each set, and write the table after each."""
    columns = [
        "set",
        "model",
        "aim",
        "accuracy",
        "sd",
        "95% interval",
        "seeds",
        "rows",
        "seconds",
        "numbers",
    ]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name, target in TARGETS.items():
        data = small_split() if given.quick else split(name, given.data)
        if target.learns_all:
            data = Split(together(data), data.test)
        study = compare({target.name: partial(averaged, name=name)}, data, baseline=False, **how)
        (score,) = study.table
        numbers = " + ".join(size(member, data.train) for member in members_of(name))
        lines.append(
            f"| {name} | {target.name} | {target.aim:.3f} | {score.mean:.4f} | {score.deviation:.4f} | "
            f"{score.low:.4f} to {score.high:.4f} | {score.seeds} | {len(data.train):,} / {score.rows:,} | "
            f"{score.seconds:.0f} | {numbers} |"
        )
        print(lines[-1], flush=True)
        (given.out / "targets.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def averaged(data: Split, seed: int, name: str) -> dict[str, Any]:
    """Train the models of a target, each with a seed of its own, and average their probabilities."""
    members = members_of(name)
    valid = None if data.valid is None else (data.valid.texts, data.valid.labels)
    for number, member in enumerate(members, start=seed * len(members)):
        member.set_params(seed=number, validation_share=None)
        member.fit(data.train.texts, data.train.labels, valid=valid)
    mean = np.mean([member.predict_proba(data.test.texts) for member in members], axis=0)
    return {"predictions": members[0].classes_[mean.argmax(axis=1)].tolist()}


def members_of(name: str) -> list[TextClassifier]:
    """Return the models of a target, untrained."""
    members = TARGETS[name].members
    if given.quick:
        return [small(TextClassifier(model)) for model, _ in members]
    return [setup(model, name, **options) for model, options in members]


def together(data: Split) -> LabelledTexts:
    """Return the training texts and the validation texts."""
    parts = [part for part in (data.train, data.valid) if part is not None]
    texts = [text for part in parts for text in part.texts]
    return LabelledTexts(texts, [label for part in parts for label in part.labels])


sets = ["quick"] if given.quick else [part for part in given.parts if part != "targets"]
if sets:
    zoo(sets)
if "targets" in given.parts:
    targets()

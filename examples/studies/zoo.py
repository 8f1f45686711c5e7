"""Study 6: every model of the zoo against TF-IDF with logistic regression, on one set after another.

    python examples/studies/zoo.py DATA [--parts models choice targets] [--sets trec sst2]
                                   [--out DIR] [--seeds 5] [--quick]

``models``: all settings are the library's defaults; what differs from set to set is the tokenizer and the
vectors. ``overview.md`` has all sets whose tables are in the folder. ``choice``: n-grams and their weights
for fastText, on validation texts. ``targets``: the setting that was chosen for each set, on validation
texts, against the accuracy that was aimed at.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from frame import DATASETS, Page, arguments, small, small_split, split
from tables import markdown_table
from zoo_overview import draw_overview, keep_table, kept_tables, write_overview

from textclf import (
    EmbeddingLoader,
    LabelledTexts,
    TextClassifier,
    TextEncoder,
    TextEnsemble,
    create_model,
    list_models,
)
from textclf.experiment import Split, compare, plot_scores, sweep

given = arguments(__doc__, out="zoo", parts=["models", "choice", "targets"], sets=list(DATASETS))
page = Page(given.out)
how: dict[str, Any] = {"seeds": given.seeds, "folder": page.runs, "n_jobs": given.jobs}
MODELS = [name for name in list_models() if name != "textrnn"]  # that is lstm by another name
if given.quick:
    MODELS = ["dan", "fasttext"]
# Another view of the texts of a set: characters beside words, and words beside characters.
OTHER_VIEW = {name: {"tokenizer": "char", "model_options": {"ngrams": 6}} for name in DATASETS}
OTHER_VIEW["zh_sentiment"] = {"tokenizer": "char"}
OTHER_VIEW["thucnews"] = {"tokenizer": "jieba"}
reached: list[dict[str, str]] = []
Members = Sequence[tuple[str, dict[str, Any]]]


class Target(NamedTuple):
    """The setting that was chosen for a set.

    Attributes:
        aim: The accuracy to reach.
        members: The models, each with what differs from the settings of the other parts; of several,
            the probabilities are averaged.
        weights: How much each of several counts; None is alike.
        learns_all: Whether they learn from the validation texts too, so that nothing stops them early.
    """

    aim: float
    members: Members
    weights: Sequence[float] | None = None
    learns_all: bool = False

    @property
    def name(self) -> str:
        """The models, with the tokenizer where it is another."""
        shown = (
            f"{model} ({of['tokenizer']})" if "tokenizer" in of else model for model, of in self.members
        )
        return " + ".join(shown)


NAIVE_BAYES = {"weighting": "naive_bayes", "buckets": 1 << 22}
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
            ("fasttext", {"max_length": None, "model_options": NAIVE_BAYES | {"ngrams": 3}}),
            (
                "fasttext",
                {"max_length": None, "tokenizer": "char", "model_options": NAIVE_BAYES | {"ngrams": 6}},
            ),
        ),
        weights=(2, 1),
        learns_all=True,
    ),
    "sst2_phrases": Target(0.845, (("textcnn", {}), ("bilstm", {}))),
    "trec": Target(
        0.925,
        (
            ("dpcnn", {}),
            ("mlp", {}),
            ("textcnn", {"model_options": {"ngrams": 0}}),
            ("dpcnn", {"tokenizer": "char", "embedding": None, "model_options": {"ngrams": 5}}),
        ),
        learns_all=True,
    ),
    "thucnews": Target(
        0.922,
        (
            ("textcnn", {}),  # characters
            ("textcnn", {"tokenizer": "jieba", "embedding": None}),
        ),
    ),
    "ag_news": Target(0.890, (("textcnn", {}),)),
    "quick": Target(0.9, (("dan", {}), ("fasttext", {}))),
}


def setup(model: str, name: str, **options: Any) -> TextClassifier:
    """Return a model with its default settings for a set, but for some options."""
    if given.quick:
        return small(TextClassifier(model)).set_params(**options)
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


def texts_of(name: str) -> Split:
    """Read a set."""
    return small_split() if given.quick else split(name, given.data)


def models(name: str) -> None:
    """Compare all models with their default settings on a set, and show it beside those in the folder."""
    data = texts_of(name)
    setups: dict[str, Any] = {model: setup(model, name) for model in MODELS}
    views = {"one view": {}, "the other": {"max_length": None, **OTHER_VIEW.get(name, {})}}
    setups["fasttext, words and characters"] = TextEnsemble(
        [(view, setup("fasttext", name, **options)) for view, options in views.items()]
    )
    study = compare(setups, data, **how)
    page.add(name, study, scores=plot_scores(study))
    keep_table(given.out, name, study, {model: size(made, data.train) for model, made in setups.items()})
    tables = kept_tables(given.out, [*DATASETS, "quick"])
    write_overview(given.out / "overview.md", tables)
    draw_overview(tables).savefig(given.out / "overview.png", dpi=110)


def size(setup: TextClassifier | TextEnsemble, train: LabelledTexts) -> float:
    """Count the trainable numbers of the model, or models, of a setup for these texts, in millions."""
    if isinstance(setup, TextEnsemble):
        return sum(size(member, train) for _, member in setup.members)
    encoder = TextEncoder.build(
        train.texts, train.labels, tokenizer=setup.tokenizer, min_freq=setup.min_freq
    )
    options = dict(setup.model_options or {})
    if setup.embedding is not None:
        options["embedding"] = EmbeddingLoader(setup.embedding).load(encoder.vocab)[0]
    model = create_model(
        setup.model, vocab_size=encoder.vocab_size, num_classes=encoder.num_classes, **options
    )
    return sum(p.numel() for p in model.parameters() if p.requires_grad) / 1e6


def choice(name: str) -> None:
    """Try lengths of n-grams and their weights for fastText over whole texts, on the validation texts."""
    grid: dict[str, list[Any]] = {
        "model_options__weighting": ["tf-idf", "naive_bayes"],
        "model_options__ngrams": [1, 2] if given.quick else [1, 2, 3],
    }
    study = sweep(setup("fasttext", name, max_length=None), grid, texts_of(name), **how)
    page.add(f"choice_{name}", study)
    page.add(f"choice_{name}_log_loss", study.measured_by("log_loss"))


def target(name: str) -> None:
    """Measure the setting that was chosen for a set, if it has an aim, and add it to the table."""
    if name not in TARGETS:
        return
    chosen, data = TARGETS[name], texts_of(name)
    if chosen.learns_all:
        data = Split(together(data), data.test)
    members = [
        (f"{model} {number}", setup(model, name, **options, seed=number, validation_share=None))
        for number, (model, options) in enumerate(chosen.members)
    ]
    mean = TextEnsemble(members, weights=chosen.weights)
    study = compare({chosen.name: mean}, data, baseline=False, **how)
    (score,) = study.table
    row = {
        "set": name,
        "model": chosen.name,
        "aim": f"{chosen.aim:.3f}",
        "accuracy": f"{score.mean:.4f}",
        "sd": f"{score.deviation:.4f}" if score.seeds > 1 else "-",
        "95% interval": f"{score.low:.4f} to {score.high:.4f}",
        "seeds": str(score.seeds),
        "rows": f"{len(data.train):,} / {score.rows:,}",
        "seconds": f"{score.seconds:.0f}",
        "numbers": " + ".join(f"{size(member, data.train):.1f} M" for _, member in members),
    }
    reached.append(row)
    table = markdown_table(list(row), [list(row.values()) for row in reached])
    print(f"\n{table}", flush=True)
    (given.out / "targets.md").write_text(table, encoding="utf-8")


def together(data: Split) -> LabelledTexts:
    """Return the training texts and the validation texts."""
    parts = [part for part in (data.train, data.valid) if part is not None]
    texts = [text for part in parts for text in part.texts]
    return LabelledTexts(texts, [label for part in parts for label in part.labels])


PARTS = {"models": models, "choice": choice, "targets": target}
for part in given.parts:
    for name in ["quick"] if given.quick else given.sets:
        PARTS[part](name)

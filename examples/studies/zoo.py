"""Study 6: every model of the zoo against TF-IDF with logistic regression, on one set after another.

    python examples/studies/zoo.py DATA [--parts trec sst2] [--out DIR] [--seeds 5] [--quick]

All settings are the library's defaults; what differs from set to set is the tokenizer and the vectors.
"""

from pathlib import Path

import torch
from frame import DATASETS, Page, arguments, small, small_split, split

from textclf import TextClassifier, TextEncoder, create_model, list_models
from textclf.experiment import Split, Study, compare, plot_scores

given = arguments(__doc__, out="zoo", parts=list(DATASETS))
page = Page(given.out)
MODELS = [name for name in list_models() if name != "textrnn"]  # that is lstm by another name


def setup(model: str, name: str, data: Path) -> TextClassifier:
    """Return a model with its default settings for a set."""
    of = DATASETS[name]
    vectors = None if of.vectors is None or model == "fasttext" else data / "vectors" / of.vectors
    return TextClassifier(
        model,
        tokenizer=of.tokenizer,
        min_freq=2,
        max_length=of.max_length,
        embedding=vectors,
        encoder_options={"keep": "both"},
    )


def sizes(data: Split, tokenizer: str) -> dict[str, int]:
    """Count the trainable numbers of each model, with vectors of 50 numbers."""
    encoder = TextEncoder.build(data.train.texts, data.train.labels, tokenizer=tokenizer, min_freq=2)
    found = {}
    for name in MODELS:
        vectors = None if name == "fasttext" else torch.zeros(encoder.vocab_size, 50)
        model = create_model(
            name, vocab_size=encoder.vocab_size, num_classes=encoder.num_classes, embedding=vectors
        )
        found[name] = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return found


def overview(studies: dict[str, Study], counts: dict[str, dict[str, int]]) -> str:
    """Write one table of all models on all sets."""
    lines = ["| model | set | accuracy | 95% interval | seeds | seconds | numbers |", "|---" * 7 + "|"]
    for name, study in studies.items():
        for score in sorted(study.table, key=lambda score: -score.mean):
            size = f"{counts[name][score.name] / 1e6:.1f} M" if score.name in counts[name] else "-"
            lines.append(
                f"| {score.name} | {name} | {score.mean:.4f} | {score.low:.4f} to {score.high:.4f} | "
                f"{score.seeds} | {score.seconds:.0f} | {size} |"
            )
    return "\n".join(lines) + "\n"


studies: dict[str, Study] = {}
counts: dict[str, dict[str, int]] = {}
for name in ["quick"] if given.quick else given.parts:
    data = small_split() if given.quick else split(name, given.data)
    if given.quick:
        setups = {model: small(TextClassifier(model)) for model in ("dan", "fasttext")}
    else:
        setups = {model: setup(model, name, given.data) for model in MODELS}
    studies[name] = compare(setups, data, seeds=given.seeds, folder=page.runs, n_jobs=given.jobs)
    counts[name] = sizes(data, "word" if given.quick else DATASETS[name].tokenizer)
    page.add(name, studies[name], scores=plot_scores(studies[name]))
(given.out / "overview.md").write_text(overview(studies, counts), encoding="utf-8")

"""Study 4: keyphrases in tweets by a network with two heads: trained and frozen vectors, Adam and SGD.

    python examples/studies/keyphrases.py DATA [--parts scores histograms both_directions]
                                               [--out DIR] [--seeds 3] [--quick]

The lower head says whether a token is inside the keyphrase, the upper one its tag (B, I, E, S or O); their
losses weigh 0.3 and 0.7. A tenth of the training tweets says which epoch was the best.
"""

import html
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from frame import Page, arguments

from textclf import EmbeddingLoader, TextEncoder, Trainer, create_model, read_labelled, seed_everything
from textclf.data import EncodedCorpus, head_of, joint_corpus
from textclf.experiment import Histograms, compare, plot_curves, plot_histograms, plot_scores
from textclf.metrics import phrase_spans, span_tags

given = arguments(__doc__, out="keyphrases", parts=["scores", "histograms", "both_directions"])
page = Page(given.out)
EPOCHS = 2 if given.quick else 4
HIDDEN = 8 if given.quick else 100
VECTORS = None if given.quick else str(given.data / "vectors" / "glove.6B.50d.top9163.txt")
SMALL = ["read about food security", "my notes on tea now", "all of deep neural nets"]
PHRASES = ["food security", "tea", "deep neural nets"]


def read(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Return the tokens of tweets and their tags, without tweets in which the phrase is not found."""
    file = read_labelled(path, text=0, label=1)
    rows = [
        [html.unescape(part).lower().split() for part in row]
        for row in zip(file.texts, file.labels, strict=True)
    ]
    tagged = [
        (tokens, span_tags(phrase_spans(tokens, phrase), len(tokens))) for tokens, phrase in rows if phrase
    ]
    kept = [(tokens, its) for tokens, its in tagged if set(its) != {"O"}]
    outside = np.mean([tag == "O" for _, its in kept for tag in its])
    print(f"{path.name}: {len(kept)} of {len(rows)} tweets; {outside:.4f} of the tokens are outside")
    return [tokens for tokens, _ in kept], [its for _, its in kept]


def small() -> tuple[list[list[str]], list[list[str]]]:
    """Make tweets for ``--quick``."""
    rows = [(text.split(), phrase.split()) for text, phrase in zip(SMALL, PHRASES, strict=True)] * 20
    return [tokens for tokens, _ in rows], [span_tags(phrase_spans(*row), len(row[0])) for row in rows]


def both(tagged: EncodedCorpus) -> EncodedCorpus:
    """Put beside the tags whether a token is inside a keyphrase."""
    names, ids = tagged.label_names or (), np.asarray(tagged.labels)
    inside = (ids != names.index("O")).astype(np.int64)
    return joint_corpus(
        {"inside": tagged.with_labels(inside, ["no", "yes"], token_labels=True), "tag": tagged}
    )


def learn(
    data: dict[str, Any],
    seed: int,
    trained: bool = True,
    optimizer: str = "adamw",
    learning_rate: float = 3e-3,
    joint: bool = True,
    recorded: Histograms | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Train, and measure the spans that are found in the test tweets; not ``joint`` has the tags alone."""
    tokens, labels = data["train"]
    encoder, whole = TextEncoder.build_and_encode(
        tokens, token_labels=labels, tokenizer="whitespace", min_freq=2
    )
    tokens, labels = data["test"]
    test = both(encoder.encode(tokens, token_labels=labels))
    train, valid = both(whole).split(0.1, seed=1, stratify=False)
    if not joint:
        train, valid, test = (head_of(corpus, "tag") for corpus in (train, valid, test))
    vectors = EmbeddingLoader(VECTORS, seed=seed).load(encoder.vocab)[0] if VECTORS else None
    seed_everything(seed)
    model = create_model(
        "joint_rnn" if joint else "rnn_tagger",
        vocab_size=encoder.vocab_size,
        num_classes={"inside": 2, "tag": encoder.num_classes} if joint else encoder.num_classes,
        embedding=vectors,
        embedding_mode="random" if vectors is None else "non-static" if trained else "static",
        dropout=0.2,
        hidden_dim=HIDDEN,
        window=3,
        **options,
    )
    head = "tag/" if joint else ""
    trainer = Trainer(
        model,
        loss={"inside": 0.3, "tag": 0.7} if joint else None,
        monitor=f"{head}span_f1",
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=128,
        epochs=EPOCHS,
        patience=None,
        seed=seed,
        callbacks=[] if recorded is None else [recorded],
        progress=False,
    )
    history = trainer.fit(train, valid)
    report = trainer.evaluate(test)
    kinds = ("span_f1", "span_precision", "span_recall", "accuracy")
    rows = [{name.replace(head, ""): value for name, value in row.items()} for row in history]
    return {"history": rows, **{kind: report[f"{head}{kind}"] for kind in kinds}}


if given.quick:
    data = {"train": small(), "test": small()}
else:
    folder = given.data / "keyphrase_twitter"
    data = {name: read(folder / f"split_{name}.tsv") for name in ("train", "test")}
first, second = partial(learn, trained=True), partial(learn, trained=False)
setups = {
    "scores": {
        "trained vectors, Adam": first,
        "frozen vectors, Adam": second,
        "trained vectors, SGD": partial(learn, optimizer="sgd", learning_rate=0.1),
    },
    "both_directions": {
        "joint RNN": first,
        "BiLSTM, tags alone": partial(learn, joint=False, cell="lstm", bidirectional=True),
    },
}


def scores(part: str) -> None:
    """Compare setups by the F1 of spans, and show precision, recall and the accuracy of tokens."""
    how = {"seeds": given.seeds, "folder": page.runs, "n_jobs": given.jobs}
    study = compare(setups[part], data, measure="span_f1", **how)
    page.add(part, study, bars=plot_scores(study), curves=plot_curves(study, "valid_span_f1"))
    for kind in ("accuracy", "span_precision", "span_recall"):
        page.add(f"{part}_{kind}", study.measured_by(kind))


def histograms() -> None:
    """Record how weights and gradients are spread, on a part of the tweets."""
    few = {name: (tokens[:6000], labels[:6000]) for name, (tokens, labels) in data.items()}
    for name, optimizer, rate in (("adam", "adamw", 3e-3), ("sgd", "sgd", 0.1)):
        recorded = Histograms(every=1 if given.quick else 5)
        learn(few, 0, optimizer=optimizer, learning_rate=rate, recorded=recorded)
        starts = ("embedding", "levels.0", "levels.1", "classifiers.1")
        names = [next(name for name in recorded.parameters if name.startswith(start)) for start in starts]
        plot_histograms(recorded, names).savefig(page.out / f"histograms_{name}.png", dpi=80)


for part in given.parts:
    if part == "histograms":
        histograms()
    else:
        scores(part)

"""Keyphrases in short texts: two heads on one input, one for each token's place in or out, one for its tag.

    python examples/tagging.py TRAIN TEST [--vectors FILE --embedding static] [--optimizer sgd]

TRAIN and TEST have a text, a tab and the keyphrase of the text, a line. The study is that of Zhang et al.,
Keyphrase Extraction Using Deep Recurrent Neural Networks on Twitter, 2016.
"""

import argparse

import numpy as np

from textclf import (
    EmbeddingLoader,
    Tagger,
    TextEncoder,
    Trainer,
    create_model,
    read_labelled,
    seed_everything,
)
from textclf.data import EncodedCorpus, joint_corpus
from textclf.metrics import phrase_spans, span_tags

NEW = [
    "my notes on food security are online",
    "all of the talks about machine learning",
    "good morning everyone",
]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("test")
parser.add_argument("--vectors")
parser.add_argument("--embedding", default="random", choices=("random", "static", "non-static"))
parser.add_argument("--optimizer", default="adam")
parser.add_argument("--learning-rate", type=float, default=0.005)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--rows", type=int, help="use this many rows of each file")
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()


def read(path: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the tokens of the texts and their tags, without texts in which the phrase is not found."""
    file = read_labelled(path, text=0, label=1, quoted=False)
    rows = [
        (text.lower().split(), phrase.lower().split())
        for text, phrase in zip(file.texts[: arguments.rows], file.labels[: arguments.rows], strict=True)
    ]
    tagged = [
        (tokens, span_tags(phrase_spans(tokens, phrase), len(tokens))) for tokens, phrase in rows if phrase
    ]
    kept = [(tokens, its) for tokens, its in tagged if set(its) != {"O"}]
    print(f"{path}: {len(kept)} of {len(file.texts[: arguments.rows])} rows")
    return [tokens for tokens, _ in kept], [its for _, its in kept]


def both(tagged: EncodedCorpus) -> EncodedCorpus:
    """Put beside the tags whether a token is inside a keyphrase."""
    names, ids = tagged.label_names or (), np.asarray(tagged.labels)
    inside = (ids != names.index("O")).astype(np.int64)
    return joint_corpus(
        {"inside": tagged.with_labels(inside, ["no", "yes"], token_labels=True), "tag": tagged}
    )


texts, labels = read(arguments.train)
encoder, whole = TextEncoder.build_and_encode(
    texts, token_labels=labels, tokenizer="whitespace", min_freq=2
)
train, valid = both(whole).split(0.1, seed=1, stratify=False)
texts, labels = read(arguments.test)
test = both(encoder.encode(texts, token_labels=labels))

vectors = None
if arguments.vectors:
    vectors, coverage = EmbeddingLoader(arguments.vectors, seed=arguments.seed).load(encoder.vocab)
    print(coverage)

seed_everything(arguments.seed)
model = create_model(
    "joint_rnn",
    vocab_size=encoder.vocab_size,
    num_classes={"inside": 2, "tag": encoder.num_classes},
    embedding=vectors,
    embedding_mode=arguments.embedding,
    embed_dim=None if arguments.vectors else 50,
    embedding_std=None,
    dropout=0.2,
    hidden_dim=100,
    window=3,
)
trainer = Trainer(
    model,
    loss={"inside": 0.3, "tag": 0.7},
    monitor="tag/span_f1",
    optimizer=arguments.optimizer,
    learning_rate=arguments.learning_rate,
    epochs=arguments.epochs,
    seed=arguments.seed,
)
trainer.fit(train, valid)
report = trainer.evaluate(test)
print(report)
for head in report.heads:
    print(f"head {head}: accuracy {report[f'{head}/accuracy']:.4f}")
print(f"span f1: {report['tag/span_f1']:.4f}")

tagger = Tagger(encoder, model, heads=train.heads)
for text, spans in zip(NEW, tagger.spans(NEW)["tag"], strict=True):
    print(f"{text}: {', '.join(' '.join(span.tokens) for span in spans) if spans else 'no keyphrase'}")

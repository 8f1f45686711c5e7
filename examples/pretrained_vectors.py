"""Four ways to begin with an embedding: random, static, non-static and multichannel (Kim, 2014).

    python examples/pretrained_vectors.py TRAIN.tsv VECTORS

TRAIN.tsv has one text a line, ``text<TAB>label``. VECTORS is a word2vec, GloVe, fastText or gensim
file; its format is recognised. Without one, train vectors on your own text: ``--train-vectors``.
"""

import argparse
from pathlib import Path

from textclf import EmbeddingLoader, TextEncoder, Trainer, create_model, read_labelled, seed_everything
from textclf.embedding import train_vectors

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train", type=Path)
parser.add_argument("vectors", type=Path)
parser.add_argument(
    "--train-vectors", action="store_true", help="first train VECTORS on the texts of TRAIN"
)
parser.add_argument("--epochs", type=int, default=10)
arguments = parser.parse_args()

train, valid = read_labelled(arguments.train, text=0, label=1).split(0.2, seed=1)
encoder = TextEncoder.build(train.texts, train.labels)
train_set = encoder.encode(train.texts, train.labels)
valid_set = encoder.encode(valid.texts, valid.labels)

if arguments.train_vectors:
    train_vectors(encoder.tokenize(train.texts), dim=50, min_count=1, seed=1, path=arguments.vectors)
vectors, coverage = EmbeddingLoader(arguments.vectors).load(encoder.vocab)
print(coverage)

for mode in ("random", "static", "non-static", "multichannel"):
    seed_everything(1)
    model = create_model(
        "textcnn",
        vocab_size=encoder.vocab_size,
        num_classes=encoder.num_classes,
        embedding=vectors,
        embedding_mode=mode,
    )
    trainer = Trainer(model, epochs=arguments.epochs, seed=1, progress=False)
    trainer.fit(train_set, valid_set)
    print(f"{mode:>12}: validation accuracy {trainer.evaluate(valid_set).accuracy:.4f}")

"""From labelled text to a classifier that answers new sentences, in twenty lines.

    python examples/quickstart.py TRAIN.tsv OUT [--vectors FILE]

TRAIN.tsv has one text a line: ``text<TAB>label``.
"""

import argparse

from textclf import (
    EmbeddingLoader,
    Predictor,
    TextEncoder,
    Trainer,
    create_model,
    read_labelled,
    seed_everything,
)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("out")
parser.add_argument("--vectors")
arguments = parser.parse_args()

seed_everything(1)
rest, test = read_labelled(arguments.train, text=0, label=1).split(0.2, seed=1)
train, valid = rest.split(0.1, seed=1)

encoder = TextEncoder.build(train.texts, train.labels, min_freq=1, max_length=400)
train_set, valid_set, test_set = (encoder.encode(part.texts, part.labels) for part in (train, valid, test))

vectors = None
if arguments.vectors:
    vectors, coverage = EmbeddingLoader(arguments.vectors).load(encoder.vocab)
    print(coverage)

model = create_model(
    "textcnn", vocab_size=encoder.vocab_size, num_classes=encoder.num_classes, embedding=vectors
)
trainer = Trainer(model, seed=1)
print(trainer.fit(train_set, valid_set))
print(trainer.evaluate(test_set))

Predictor(encoder, model).save(arguments.out)
predictor = Predictor.load(arguments.out)  # in any later process
for sentence in ("What a lovely film.", "I want my money back."):
    print(predictor.predict(sentence), predictor.predict_proba(sentence).round(3), sentence)

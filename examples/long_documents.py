"""Long documents: how much of them is not read, and windows that read all of it.

    python examples/long_documents.py TRAIN.tsv OUT [--length N] [--epochs N]

TRAIN.tsv has one document a line: ``text<TAB>label``.
"""

import argparse

from textclf import TextClassifier, Windows, read_labelled

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("out")
parser.add_argument("--length", type=int, default=200, help="tokens that are read at a time")
parser.add_argument("--epochs", type=int)
arguments = parser.parse_args()

train, test = read_labelled(arguments.train).split(0.2, seed=1)
options = {"max_length": arguments.length, "windows": arguments.length}  # how training and prediction read
classifier = TextClassifier("textcnn", **options, epochs=arguments.epochs, seed=1)
classifier.fit(train.texts, train.labels).save(arguments.out)
print(f"tokens of the training texts that were not read: {classifier.run_.unread:.1%}")

# Windows overlap, each is answered as a text of its own, and the answers are pooled.
ways: dict[str, Windows | str | None] = {"the beginning alone": None, "mean of windows": "saved"}
ways["most certain window"] = Windows(arguments.length, pool="max")
for name, windows in ways.items():
    classifier = TextClassifier.load(arguments.out, windows=windows)
    unread = classifier.predictor_.dropped_share(test.texts)
    accuracy = classifier.score(test.texts, test.labels)
    print(f"{name}: accuracy {accuracy:.4f}, not read {unread:.1%}")

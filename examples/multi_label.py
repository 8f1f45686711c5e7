"""Texts that have several labels each, or none, such as topics or tags.

    python examples/multi_label.py FILE [--model NAME]

FILE has one JSON object a line, ``{"text": "...", "labels": ["...", "..."]}``, or is any other file that
read_labelled knows to have several labels a row.
"""

import argparse

from textclf import TextClassifier, create_tokenizer, read_labelled
from textclf.baseline import LinearBaseline

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file")
parser.add_argument("--model", default="textcnn")
parser.add_argument("--epochs", type=int)
arguments = parser.parse_args()

# No label leaves the training data, and each gives about the same share to every part.
rest, test = read_labelled(arguments.file, multi_label=True).split(0.2, seed=1)
train, valid = rest.split(0.1, seed=1)

classifier = TextClassifier(arguments.model, epochs=arguments.epochs, monitor="micro_f1", seed=1)
classifier.fit(train.texts, train.labels, valid=(valid.texts, valid.labels))
report = classifier.evaluate(test.texts, test.labels)
print(report)

baseline = LinearBaseline(create_tokenizer("word")).fit(train).evaluate(test)
for name, its in [(arguments.model, report), ("linear baseline", baseline)]:
    print(f"{name}: micro f1 {its['micro_f1']:.4f}, macro f1 {its['macro_f1']:.4f}")

# A text gets each label whose probability is 0.5 or more. Other thresholds find more of the rare ones.
limits = classifier.thresholds(valid.texts, valid.labels, recall=0.8)
found = classifier.predict(test.texts, thresholds=limits)
for text, names, right in list(zip(test.texts, found, test.labels, strict=True))[:3]:
    print(f"{', '.join(names) or 'none'} (right: {', '.join(right) or 'none'}): {text[:60]}")

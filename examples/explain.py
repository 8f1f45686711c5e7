"""Why this answer: what each word adds, as numbers, in the terminal, as a page, and better than chance.

    python examples/explain.py TRAIN.tsv PAGE.html [--text TEXT] [--epochs N]

TRAIN.tsv has one text a line: ``text<TAB>label``.
"""

import argparse
from pathlib import Path

from textclf import TextClassifier, read_labelled
from textclf.explain import METHODS, deletion_test, explain

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("page", type=Path)
parser.add_argument("--text", default="The plot is a mess, but the cast is superb.")
parser.add_argument("--epochs", type=int)
arguments = parser.parse_args()

train, test = read_labelled(arguments.train).split(0.2, seed=1)
classifier = TextClassifier("textcnn", epochs=arguments.epochs, seed=1).fit(train.texts, train.labels)
predictor = classifier.predictor_

why = explain(predictor, arguments.text)
print(f"{why.label} {why.probability:.3f}")
for token, score in why.top(5):
    print(f"  {score:+.2f}  {token}")
print(why.to_terminal())
arguments.page.write_text(f"<!doctype html>\n<meta charset='utf-8'>\n{why.to_html()}\n", encoding="utf-8")

# If the words with the highest scores are deleted first, the probability must fall faster than at random.
for method in METHODS:
    print(f"{method}: {deletion_test(predictor, test.texts[:100], method=method)}")

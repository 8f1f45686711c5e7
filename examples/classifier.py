"""One estimator for everything: search, rare labels, confidence, no answer where it is not sure.

    python examples/classifier.py TRAIN.tsv OUT [--epochs N]

TRAIN.tsv has one text a line: ``text<TAB>label``.
"""

import argparse

from sklearn.model_selection import GridSearchCV

from textclf import TextClassifier, read_labelled

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("out")
parser.add_argument("--epochs", type=int)
arguments = parser.parse_args()

rest, test = read_labelled(arguments.train).split(0.2, seed=1)
train, held_out = rest.split(0.2, seed=1)

# It is an estimator of scikit-learn that takes raw text; the options of the model have names of their own.
options = {"epochs": arguments.epochs, "class_weight": "balanced", "seed": 1}
search = GridSearchCV(
    TextClassifier("textcnn", **options),
    {"learning_rate": [0.001, 0.003], "model_options__dropout": [0.1, 0.5]},
    cv=2,
    scoring="f1_macro",
)
classifier = search.fit(train.texts, train.labels).best_estimator_
print(f"best of the search: {search.best_params_}")

# Its probabilities are made to mean what they say, on texts that it was not trained on.
classifier.calibrate(held_out.texts, held_out.labels)
report = classifier.evaluate(test.texts, test.labels)
print(report)

# Where the most probable label is below its threshold, there is no answer. The report says what that costs.
limits = classifier.thresholds(held_out.texts, held_out.labels, precision=0.95)
for name, limit in [("a threshold for each label", limits), ("one for all, 0.9", 0.9)]:
    coverage, accuracy, n = report.answered(limit)
    print(f"{name}: {coverage:.2f} of the texts are answered, with accuracy {accuracy:.4f} of {n}")

classifier.save(arguments.out, reports={"test": report})
classifier = TextClassifier.load(arguments.out)  # in any later process
print(classifier.predict(["What a lovely film.", "It is what it is."], abstain_below=limits))

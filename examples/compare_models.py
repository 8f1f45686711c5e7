"""Which model is better, and is it more than chance? With a baseline, several seeds, and pictures.

    python examples/compare_models.py TRAIN.tsv OUT [--seeds 5] [--epochs 10] [--jobs 2]

TRAIN.tsv has one text a line: ``text<TAB>label``. Start it again after Ctrl-C, and it goes on where it was.
"""

import argparse
from pathlib import Path

from textclf import TextClassifier, read_labelled
from textclf.experiment import Split, compare, plot_curves, plot_scores

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("out", type=Path)
parser.add_argument("--seeds", type=int, default=5)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--jobs", type=int, default=1)
arguments = parser.parse_args()

rest, test = read_labelled(arguments.train, text=0, label=1).split(0.2, seed=0)
train, valid = rest.split(0.1, seed=0)

study = compare(
    {
        "TextCNN": TextClassifier("textcnn", epochs=arguments.epochs),
        "GRU": TextClassifier("textrnn", epochs=arguments.epochs, model_options={"cell": "gru"}),
    },
    Split(train, test, valid),
    seeds=arguments.seeds,
    folder=arguments.out / "runs",
    n_jobs=arguments.jobs,
)
print(study)
study.to_csv(arguments.out / "scores.csv")
plot_scores(study).savefig(arguments.out / "scores.png")
plot_curves(study, "valid_accuracy").savefig(arguments.out / "curves.png")

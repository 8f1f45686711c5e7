"""A trained model for other runtimes, and what 8-bit weights would cost.

    python examples/export.py TRAIN.tsv OUT [--epochs N]

TRAIN.tsv has one text a line: ``text<TAB>label``. Without the extra ``onnx``, that format is left out.
"""

import argparse
from pathlib import Path

from textclf import Predictor, TextEncoder, Trainer, create_model, read_labelled, seed_everything
from textclf.errors import MissingDependencyError
from textclf.export import export, quantize

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("out", type=Path)
parser.add_argument("--epochs", type=int, default=20)
arguments = parser.parse_args()

seed_everything(1)
train, test = read_labelled(arguments.train, text=0, label=1).split(0.2, seed=1)
encoder = TextEncoder.build(train.texts, train.labels)
model = create_model("textcnn", vocab_size=encoder.vocab_size, num_classes=encoder.num_classes)
Trainer(model, epochs=arguments.epochs, seed=1).fit(encoder.encode(train.texts, train.labels))
predictor = Predictor(encoder, model)

for name in ("torch.export", "onnx"):
    try:
        largest = export(predictor, arguments.out / name, format=name, texts=test.texts)
        print(f"{name}: the largest difference of a logit is {largest:.2g}")
    except MissingDependencyError as error:
        print(f"{name}: left out. {error}")

small, report = quantize(predictor, test.texts, test.labels)
print(report)

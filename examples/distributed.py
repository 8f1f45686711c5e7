"""Several processes that train one model: on the cores of a CPU, or each on a GPU of its own.

    torchrun --standalone --nproc-per-node 2 examples/distributed.py TRAIN.tsv OUT

TRAIN.tsv has one text a line: ``text<TAB>label``. Started with plain python, the same script is one
process, and learns the same.
"""

import argparse

from textclf import Predictor, TextEncoder, Trainer, create_model, read_labelled, seed_everything

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("out")
parser.add_argument("--epochs", type=int)
arguments = parser.parse_args()

seed_everything(1)
train, valid = read_labelled(arguments.train, text=0, label=1).split(0.2, seed=1)
encoder = TextEncoder.build(train.texts, train.labels, max_length=400)
train_set, valid_set = (encoder.encode(part.texts, part.labels) for part in (train, valid))

model = create_model("textcnn", vocab_size=encoder.vocab_size, num_classes=encoder.num_classes)
trainer = Trainer(model, epochs=arguments.epochs, batch_size=64, seed=1)  # 64 in all processes together
history = trainer.fit(train_set, valid_set)
report = trainer.evaluate(valid_set)  # in all processes: each does its share and gets the whole

if trainer.processes.first:  # one of them writes
    print(history, report, sep="\n")
    Predictor(encoder, model).save(arguments.out)

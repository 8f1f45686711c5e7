"""Chinese text: cut into words by jieba, or into characters, and classified by a BiGRU.

    python examples/chinese.py TRAIN.tsv [--tokenizer jieba]

TRAIN.tsv has one text a line, ``text<TAB>label``. The tokenizer ``jieba`` needs
``pip install 'textclf-torch[zh]'``.
"""

import argparse

from textclf import Predictor, TextEncoder, Trainer, create_model, read_labelled, seed_everything

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("--tokenizer", default="char", choices=["char", "jieba"])
parser.add_argument("--epochs", type=int, default=10)
arguments = parser.parse_args()

train, valid = read_labelled(arguments.train, text=0, label=1).split(0.2, seed=1)
encoder = TextEncoder.build(train.texts, train.labels, tokenizer=arguments.tokenizer, max_length=120)
print("tokens of the first text:", " / ".join(encoder.tokenize(train.texts[:1])[0]))

train_set = encoder.encode(train.texts, train.labels)
valid_set = encoder.encode(valid.texts, valid.labels)
seed_everything(1)
model = create_model("bigru", vocab_size=encoder.vocab_size, num_classes=encoder.num_classes)
trainer = Trainer(model, epochs=arguments.epochs, seed=1, progress=False)
print(trainer.fit(train_set, valid_set))
print(trainer.evaluate(valid_set))

predictor = Predictor(encoder, model)
for sentence in ("这部电影非常好看", "浪费时间,太无聊了"):
    print(sentence, "->", predictor.predict(sentence))

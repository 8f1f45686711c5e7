"""textclf, as its guide shows it.

The network is that of the others: no n-grams beside it, no dropout on the embedding, the last states
of a recurrent one. With `--defaults` only its sizes are given, and all else is as the library has it.
"""

import time

from task import BATCH, DROPOUT, EMBEDDING, FILTERS, HIDDEN, LENGTH, VOCABULARY, WIDTHS, read_task, report

import textclf

task = read_task("--defaults")
if task.model == "textcnn":
    options = {"embed_dim": EMBEDDING, "kernel_widths": WIDTHS, "num_filters": FILTERS}
else:
    options = {"embed_dim": EMBEDDING, "hidden_dim": HIDDEN}
if not task.options.defaults:
    options |= {"embedding_dropout": 0.0, "dropout": DROPOUT, "ngrams": 0}
    if task.model != "textcnn":
        options["pooling"] = "last"

textclf.seed_everything(task.seed)
encoder = textclf.TextEncoder.build(
    task.train_texts, task.train_labels, max_size=VOCABULARY, max_length=LENGTH
)
train = encoder.encode(task.train_texts, task.train_labels)
model = textclf.create_model(
    task.model,
    vocab_size=encoder.vocab_size,
    num_classes=encoder.num_classes,
    **options,
)
trainer = textclf.Trainer(model, epochs=task.epochs, batch_size=BATCH, seed=task.seed, progress=False)

started = time.perf_counter()
trainer.fit(train)
train_seconds = time.perf_counter() - started

predictor = textclf.Predictor(encoder, model)
report(
    task,
    train_seconds=train_seconds,
    predict=predictor.predict,
    predict_one=predictor.predict,
    packages=("torch", "textclf-torch"),
)

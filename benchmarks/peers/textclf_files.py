"""textclf from a labelled file to a saved Predictor, and from a saved Predictor to labels."""

import shutil
import time

from files import accuracy_of, read_options, report_predictions, seconds_since_start, size_mb
from task import print_line, versions

import textclf

PACKAGES = ("torch", "textclf-torch")

options = read_options("--model", "--epochs", "--max-length")
if options.verb == "train":
    rows = textclf.read_labelled(options.train, text=1, label=0)
    encoder, corpus = textclf.TextEncoder.build_and_encode(
        rows.texts,
        rows.labels,
        tokenizer="char" if options.chars else "word",
        max_length=int(options.max_length) if options.max_length else None,
    )
    textclf.seed_everything(0)
    model = textclf.create_model(
        options.model, vocab_size=encoder.vocab_size, num_classes=encoder.num_classes
    )
    epochs = int(options.epochs) if options.epochs else None
    trainer = textclf.Trainer(model, epochs=epochs, progress=False)
    started = time.perf_counter()
    trainer.fit(corpus)
    train_seconds = time.perf_counter() - started
    predictor = textclf.Predictor(encoder, model)
    shutil.rmtree(options.output, ignore_errors=True)
    predictor.save(options.output)
    print_line(
        whole_s=seconds_since_start(options),
        train_s=train_seconds,
        accuracy=accuracy_of(predictor.predict, options.test),
        model_mb=size_mb(options.output),
        versions=versions(*PACKAGES),
    )
else:
    predictor = textclf.Predictor.load(options.output)
    report_predictions(options, predict=predictor.predict, predict_one=predictor.predict, packages=PACKAGES)

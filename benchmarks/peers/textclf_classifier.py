"""A TextClassifier from a labelled file to a folder, and from the folder to labels."""

import shutil

from files import accuracy_of, read_options, report_predictions, seconds_since_start, size_mb
from task import print_line, versions

import textclf

PACKAGES = ("torch", "textclf-torch")

options = read_options("--model", "--epochs", "--max-length")
if options.verb == "train":
    rows = textclf.read_labelled(options.train, text=1, label=0)
    classifier = textclf.TextClassifier(
        options.model,
        epochs=int(options.epochs) if options.epochs else None,
        max_length=int(options.max_length) if options.max_length else None,
        validation_share=None,
    ).fit(rows.texts, rows.labels)
    shutil.rmtree(options.output, ignore_errors=True)
    classifier.save(options.output)
    print_line(
        whole_s=seconds_since_start(options),
        accuracy=accuracy_of(classifier.predict, options.test),
        model_mb=size_mb(options.output),
        versions=versions(*PACKAGES),
    )
else:
    classifier = textclf.TextClassifier.load(options.output)
    report_predictions(
        options,
        predict=classifier.predict,
        predict_one=lambda text: classifier.predict([text])[0],
        packages=PACKAGES,
    )

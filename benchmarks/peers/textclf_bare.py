"""The tokenizer, the vocabulary and the model of a saved folder, without the rest of textclf."""

import numpy as np
import torch
from files import read_options, report_predictions
from task import print_line, versions

import textclf

PACKAGES = ("torch", "textclf-torch")

options = read_options("--model", "--epochs", "--max-length")
if options.verb == "train":
    rows = textclf.read_labelled(options.train, text=1, label=0)
    encoder, corpus = textclf.TextEncoder.build_and_encode(rows.texts, rows.labels)
    sizes = {"vocab_size": encoder.vocab_size, "num_classes": encoder.num_classes}
    model = textclf.create_model(options.model, **sizes)
    textclf.Trainer(model, epochs=int(options.epochs), progress=False).fit(corpus)
    textclf.Predictor(encoder, model).save(options.output, overwrite=True)
    print_line(versions=versions(*PACKAGES))
else:
    saved = textclf.Predictor.load(options.output)
    tokenize, encode, model = saved.encoder.tokenizer, saved.encoder.vocab.encode, saved.model

    def predict_one(text):
        """Label a text as a script by hand would."""
        ids = torch.from_numpy(encode(tokenize(text)).astype(np.int64)).unsqueeze(0)
        with torch.inference_mode():
            return saved.classes[int(model(ids, torch.tensor([ids.shape[1]])).argmax())]

    report_predictions(
        options,
        predict=lambda texts: [predict_one(text) for text in texts],
        predict_one=predict_one,
        packages=PACKAGES,
    )

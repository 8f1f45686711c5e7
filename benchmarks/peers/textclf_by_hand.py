"""One text at a time through TextClassifier, Predictor, and their tokenizer and model by hand, in turns.

What is compared differs by less than one process differs from the next, so all of it is measured in one:
blocks of calls, the ways in turns.
"""

import json
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from files import read_options
from task import print_line, versions

import textclf

PACKAGES = ("torch", "textclf-torch")
BLOCK = 25  # calls of one way before the next has its turn

options = read_options("--model", "--epochs", "--max-length")
if options.verb == "train":
    rows = textclf.read_labelled(options.train, text=1, label=0)
    classifier = textclf.TextClassifier(
        options.model, epochs=int(options.epochs), validation_share=None, progress=False
    )
    shutil.rmtree(options.output, ignore_errors=True)
    classifier.fit(rows.texts, rows.labels).save(options.output)
    print_line(versions=versions(*PACKAGES))
else:
    classifier = textclf.TextClassifier.load(options.output)
    predictor = textclf.Predictor.load(options.output)
    tokenize, encode, model = predictor.encoder.tokenizer, predictor.encoder.vocab.encode, predictor.model

    def by_hand(text):
        """Label a text as a script by hand would."""
        ids = torch.from_numpy(encode(tokenize(text)).astype(np.int64)).unsqueeze(0)
        with torch.inference_mode():
            return predictor.classes[int(model(ids, torch.tensor([ids.shape[1]])).argmax())]

    ways = {
        "by_hand": by_hand,
        "predictor": predictor.predict,
        "classifier": lambda text: classifier.predict([text])[0],
    }

    def median_ms(way, texts):
        """Return the median time of a call."""
        times = []
        for text in texts:
            started = time.perf_counter()
            way(text)
            times.append(time.perf_counter() - started)
        return 1e3 * statistics.median(times)

    texts = json.loads(Path(options.texts).read_text(encoding="utf-8"))[: options.singles]
    blocks = [texts[first : first + BLOCK] for first in range(0, len(texts), BLOCK)]
    medians = {name: [] for name in ways}
    for number, block in enumerate(blocks):
        names = list(ways)[number % len(ways) :] + list(ways)[: number % len(ways)]
        for name in names:
            medians[name].append(median_ms(ways[name], block))
    warm = {name: its[len(its) // 10 :] for name, its in medians.items()}  # the first blocks warm up
    print_line(
        by_hand_ms=statistics.median(warm["by_hand"]),
        predictor_ratio=statistics.median(map(float.__truediv__, warm["predictor"], warm["by_hand"])),
        classifier_ratio=statistics.median(map(float.__truediv__, warm["classifier"], warm["by_hand"])),
        versions=versions(*PACKAGES),
    )

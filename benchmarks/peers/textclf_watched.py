"""The same training watched and not watched, in turns in one process, as the guide shows it.

What the watch costs is less than one process differs from the next, so time is measured in one. It is less
than one training differs from the next, too, so what passes within the calls of the watch is taken by
itself. The peak of memory is that of the first training: with `--without`, one that is not watched.
"""

import statistics
import time

from task import BATCH, LENGTH, VOCABULARY, peak_mb, print_line, read_task, versions

import textclf
from textclf.training.watch import Watch

PAIRS = 3

task = read_task("--without")
encoder = textclf.TextEncoder.build(
    task.train_texts, task.train_labels, max_size=VOCABULARY, max_length=LENGTH
)
train = encoder.encode(task.train_texts, task.train_labels)
valid = encoder.encode(task.test_texts, task.test_labels)


class TimedWatch(Watch):
    """A watch that adds up the processor time within its calls."""

    def __init__(self):
        super().__init__()
        self.seconds = 0.0
        for name in [name for name in dir(self) if name.startswith("on_")]:
            setattr(self, name, self.timed(getattr(self, name)))

    def timed(self, method):
        """Have a method add its time."""

        def call(*args):
            started = time.process_time()
            method(*args)
            self.seconds += time.process_time() - started

        return call


def seconds_of(watch):
    """Train a new model, and return the processor time of it, of all threads together."""
    textclf.seed_everything(task.seed)
    model = textclf.create_model(task.model, vocab_size=encoder.vocab_size, num_classes=encoder.num_classes)
    trainer = textclf.Trainer(
        model, epochs=task.epochs, batch_size=BATCH, seed=task.seed, progress=False, watch=watch
    )
    started = time.process_time()
    trainer.fit(train, valid)
    return time.process_time() - started


seconds_of(not task.options.without)
peak = peak_mb()
with_it, without, within = [], [], []
for number in range(PAIRS):
    for watched in (True, False) if number % 2 else (False, True):
        if watched:
            watch = TimedWatch()
            with_it.append(seconds_of(watch))
            within.append(watch.seconds / (with_it[-1] - watch.seconds))
        else:
            without.append(seconds_of(False))
print_line(
    peak_mb=peak,
    cpu_s=statistics.median(without if task.options.without else with_it),
    ratio=statistics.median(map(float.__truediv__, with_it, without)),
    within=statistics.median(within),
    versions=versions("torch", "textclf-torch"),
)

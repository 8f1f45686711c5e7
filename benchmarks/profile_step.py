"""Where the time of a training step goes: the network of a tutorial beside that of textclf, by operation.

    python benchmarks/profile_step.py --data DIR [--threads 1]

Both make the same steps, on batches of texts of like lengths, under torch's profiler. Shares are of the
CPU time of the step; what takes less than a fiftieth is summed.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from corpora import long_texts
from settings import read_options, settings_of
from tables import markdown_table, publish
from torch import nn
from torch.profiler import ProfilerActivity, profile

import textclf
from textclf.data import BatchLoader
from textclf.device import flushed_denormals

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
from networks import make_network  # type: ignore[import-not-found]

MODELS = ("textcnn", "bilstm")
STEPS, WARM, BATCH, LENGTH = 20, 5, 64, 400
LEAST_SHARE = 0.02
SIZES: dict[str, dict[str, Any]] = {
    "textcnn": {"kernel_widths": (3, 5, 7), "num_filters": 100},
    "bilstm": {"hidden_dim": 64, "pooling": "last"},
}


def main() -> None:
    """Profile both networks of each kind, and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options = read_options(parser, "profile", {})
    torch.set_num_threads(options.threads)
    train, _ = long_texts(options.data)
    rows = 4 * (STEPS + WARM) * BATCH
    encoder, corpus = textclf.TextEncoder.build_and_encode(
        train.texts[:rows], train.labels[:rows], max_size=30_000, max_length=LENGTH
    )
    batches = list(BatchLoader(corpus, batch_size=BATCH, shuffle=True, seed=0).epoch(0))[: STEPS + WARM]
    sizes = encoder.vocab_size, encoder.num_classes
    parts = []
    for name in MODELS:
        own = textclf.create_model(
            name,
            vocab_size=sizes[0],
            num_classes=sizes[1],
            embedding=None,
            **{"embed_dim": 100, "ngrams": 0, "embedding_dropout": 0.0, **SIZES[name]},
        )
        before = profiled(make_network(name, *sizes), batches, own=False)
        after = profiled(own, batches, own=True)
        parts += [table(name, "plain PyTorch", before), table(name, "textclf", after)]
    settings = settings_of(options)
    parts.append(
        f"{STEPS} steps of {BATCH} texts on {settings['machine']}; threads: {options.threads}; commit "
        f"{settings['commit']}; torch {torch.__version__}. Command: `{settings['command']}`.\n"
    )
    publish(options.table, "\n".join(parts))


def profiled(network: nn.Module, batches: list[Any], *, own: bool) -> dict[str, float]:
    """Make some steps, with what the Trainer adds to those of its own; return ms a step by operation."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=own)

    def step(batch: Any) -> None:
        given = (batch.token_ids, batch.lengths) if own else (batch.token_ids,)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(*given), batch.labels)
        torch.autograd.backward(loss)
        optimizer.step()

    with flushed_denormals() if own else nullcontext():
        for batch in batches[:WARM]:
            step(batch)
        with profile(activities=[ProfilerActivity.CPU]) as its:
            for batch in batches[WARM:]:
                step(batch)
    found: dict[str, float] = defaultdict(float)
    for event in its.key_averages():
        found[event.key.split("#")[0]] += event.self_cpu_time_total / 1000 / (len(batches) - WARM)
    return found


def table(model: str, network: str, found: dict[str, float]) -> str:
    """Write the operations that take most, those of small share together."""
    total = sum(found.values())
    kept = {name: ms for name, ms in found.items() if ms >= LEAST_SHARE * total}
    rows = sorted(kept.items(), key=lambda item: -item[1])
    rows.append(("all others", total - sum(kept.values())))
    lines = [[f"`{name}`" if name in kept else name, f"{ms:.2f}", f"{ms / total:.0%}"] for name, ms in rows]
    heading = [f"{model}, {network}: {total:.1f} ms a step", "ms", "share"]
    return markdown_table(heading, lines)


if __name__ == "__main__":
    main()

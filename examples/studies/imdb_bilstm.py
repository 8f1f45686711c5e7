"""Study 5: two stacked BiLSTMs on IMDB at length 128, against the clock.

    python examples/studies/imdb_bilstm.py DATA [--out DIR] [--seeds 5] [--quick]

Vocabulary 32,000, embedding 64, texts of 128 tokens: the first as in the reference, or 64 from each end.
"""

from frame import Page, arguments, small, small_split, split

from textclf import TextClassifier
from textclf.experiment import compare, plot_curves, plot_scores

given = arguments(__doc__, out="imdb_bilstm", parts=["head", "both", "alone"])
page = Page(given.out)
data = small_split() if given.quick else split("imdb", given.data)


def stacked(*, keep: str, ngrams: int) -> TextClassifier:
    """Return two BiLSTMs, with or without the linear path of n-grams beside them."""
    made = TextClassifier(
        "bilstm",
        max_length=128,
        encoder_options={"max_size": 32_000, "keep": keep},
        model_options={"embed_dim": 64, "hidden_dim": 64, "num_layers": 2, "ngrams": ngrams},
    )
    return small(made) if given.quick else made


setups = {
    "head": ("first 128 tokens", stacked(keep="head", ngrams=2)),
    "both": ("64 from each end", stacked(keep="both", ngrams=2)),
    "alone": ("64 from each end, network alone", stacked(keep="both", ngrams=0)),
}
chosen = dict(setups[part] for part in given.parts)
study = compare(chosen, data, seeds=given.seeds, folder=page.runs, n_jobs=given.jobs)
page.add("scores", study, bars=plot_scores(study), curves=plot_curves(study))
print(study.measured_by("seconds"))

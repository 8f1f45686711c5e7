"""Study 1: Chinese film reviews: models and lengths, learning rates, first weights, stopping, and the best.

    python examples/studies/chinese_sentiment.py DATA [--parts choice best models rate start stopping]
                                                 [--out DIR] [--seeds 5] [--quick]

Settings are chosen on validation texts. Only the parts ``best`` and ``models`` look at the test texts.
"""

from functools import partial
from typing import Any

from frame import Page, arguments, small, small_split, split
from sklearn.base import clone

from textclf import (
    EmbeddingLoader,
    LabelledTexts,
    Predictor,
    TextClassifier,
    TextEncoder,
    TextEnsemble,
    Trainer,
    create_model,
    initialize_,
)
from textclf.experiment import Split, compare, plot_curves, plot_grid, plot_scores, sweep

given = arguments(
    __doc__, out="chinese_sentiment", parts=["choice", "best", "models", "rate", "start", "stopping"]
)
page = Page(given.out)
data = small_split() if given.quick else split("zh_sentiment", given.data)
VECTORS = None if given.quick else str(given.data / "vectors" / "zh_local_word2vec_50.bin")
how: dict[str, Any] = {"seeds": given.seeds, "folder": page.runs, "n_jobs": given.jobs}


def network(model: str, *, length: int | None = 50, **options: Any) -> TextClassifier:
    """Return a model over the segmented words, with the local vectors."""
    made = TextClassifier(
        model,
        tokenizer="whitespace",
        min_freq=2,
        max_length=length,
        embedding=VECTORS,
        model_options={**options, **({"max_length": length} if model == "mlp" else {})},
    )
    return small(made) if given.quick else made


def models() -> None:
    """Compare the reference's models at its two lengths, on the test texts."""
    makes = {
        "TextCNN": partial(network, "textcnn", kernel_widths=(3, 5, 7)),
        "BiLSTM": partial(network, "bilstm", num_layers=2, pooling="last"),
        "LSTM": partial(network, "lstm", pooling="last"),
        "GRU": partial(network, "gru", pooling="last"),
        "MLP": partial(network, "mlp"),
    }
    setups = {f"{name}, {n} words": make(length=n) for n in (50, 120) for name, make in makes.items()}
    study = compare(setups, data, **how)
    page.add("models", study, scores=plot_scores(study))
    page.add("models_macro_f1", study.measured_by("macro_f1"))


def rate() -> None:
    """Try learning rates for the MLP, on the validation texts."""
    grid: dict[str, list[Any]] = {
        "learning_rate": [1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
        "model_options__ngrams": [0, 2],
    }
    study = sweep(network("mlp"), grid, data, **how)
    picture = plot_grid(study, "learning_rate", "model_options__ngrams")
    page.add("rate", study, grid=picture, curves=plot_curves(study, "train_loss"))


def start() -> None:
    """Try first weights for the MLP alone, on the validation texts."""
    schemes = ["zero", "constant", "gaussian", "uniform", "xavier", "kaiming", "orthogonal"]
    study = sweep(learn_from, {"scheme": schemes}, data, **how)
    page.add("start", study, scores=plot_scores(study), curves=plot_curves(study))


def learn_from(data: Split, seed: int, scheme: str) -> dict[str, Any]:
    """Train the MLP for ten epochs from weights of one scheme; only the word vectors are as they were."""
    rows, held_out = data.train, data.valid or data.train
    encoder, corpus = TextEncoder.build_and_encode(
        rows.texts, rows.labels, tokenizer="whitespace", min_freq=1 if given.quick else 2, max_length=50
    )
    vectors = EmbeddingLoader(VECTORS).load(encoder.vocab)[0] if VECTORS else None
    model = create_model(
        "mlp", vocab_size=len(encoder.vocab), num_classes=encoder.num_classes, embedding=vectors, ngrams=0
    )
    initialize_(model, scheme, rules={"embedding.*": None}, seed=seed)
    trainer = Trainer(model, epochs=10, patience=None, seed=seed, progress=False)
    valid = encoder.encode(held_out.texts, held_out.labels)
    history = trainer.fit(corpus, valid)
    return {"history": history, "predictions": Predictor(encoder, model).predict(held_out.texts)}


def stopping() -> None:
    """Try when to stop the MLP, on the validation texts: after ten epochs, or when it gets no better."""
    setup = network("mlp", ngrams=0).set_params(trainer_options={"schedule": "constant"})
    study = sweep(
        setup, {"epochs": [1, 2] if given.quick else [10, 50], "patience": [None, 3, 10]}, data, **how
    )
    seconds = plot_scores(study.measured_by("seconds"))
    page.add("stopping", study, curves=plot_curves(study), seconds=seconds)


def words_and_characters(text: str) -> list[str]:
    """Return the segmented words and then all characters, by which a rare word is known too."""
    words = text.split()
    return [*words, *"".join(words)]


def choice() -> None:
    """Try bags of n-grams and networks on the validation texts, by which networks stop too."""
    if data.valid is None:
        return
    bag = network("fasttext", length=None).set_params(embedding=None)
    words = clone(bag).set_params(model_options={"ngrams": 2})
    characters = {
        f"fastText, characters up to {n}": clone(bag).set_params(
            tokenizer="char", model_options={"ngrams": n}
        )
        for n in (2, 3, 4)
    }
    both = clone(words).set_params(tokenizer=words_and_characters)
    pair = [("words", words), ("characters", characters["fastText, characters up to 2"])]
    alone = {"ngrams": 0, "token_dropout": 0.2}
    setups = {
        "fastText, words": words,
        **characters,
        "fastText, words and characters": both,
        "mean of words and of characters": TextEnsemble(pair),
        "DAN, words": network("dan", length=None),
        "DAN, words and characters": network("dan", length=None).set_params(tokenizer=words_and_characters),
        "DAN, words, network alone": network("dan", length=None, **alone),
        "TextCNN, words, network alone": network("textcnn", length=None, **alone),
    }
    study = compare(setups, Split(data.train, data.valid, data.valid), **how)
    page.add("choice", study, scores=plot_scores(study))
    page.add("choice_log_loss", study.measured_by("log_loss"))


def best() -> None:
    """Measure what was chosen on the test texts, trained on the validation texts as well."""
    rows = [part for part in (data.train, data.valid) if part is not None]
    texts = [text for part in rows for text in part.texts]
    labels = [label for part in rows for label in part.labels]
    dan = network("dan", length=None).set_params(epochs=3, tokenizer=words_and_characters)
    words = network("fasttext", length=None).set_params(embedding=None)
    characters = clone(words).set_params(tokenizer="char")
    setups = {
        "DAN, words and characters": dan,
        "fastText, words": words,
        "fastText, characters": characters,
        "both fastTexts, mean": TextEnsemble([("words", words), ("characters", characters)]),
    }
    for setup in (dan, words, characters):
        setup.set_params(validation_share=None)
    study = compare(setups, Split(LabelledTexts(texts, labels), data.test), **how)
    page.add("best", study, scores=plot_scores(study))


PARTS = {function.__name__: function for function in (choice, best, models, rate, start, stopping)}
for part in given.parts:
    PARTS[part]()

"""Every row of the guides' tables of what happens on bad input is a test that names the row.

A test has the mark ``row`` with the first cell of the row. Those of the guide to bad input are here,
those of saved models beside the tests of folders.
"""

from __future__ import annotations

import ast
import gzip
import json
import logging
import re
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import textclf.errors
from textclf import (
    EmbeddingLoader,
    EncodedCorpus,
    Predictor,
    TextClassifier,
    TextEncoder,
    Trainer,
    Vocab,
    Windows,
    create_model,
    list_models,
    read_labelled,
)
from textclf.data import BatchLoader, read_texts
from textclf.errors import (
    ArgumentError,
    DataError,
    NonFiniteLossError,
    OutputExistsError,
    TextclfError,
    UnseenLabelError,
)
from textclf.training import Callback

TESTS = Path(__file__).parent
GUIDES = TESTS.parent / "docs" / "guides"
NAMED = re.compile(r"""^ *@(?:pytest\.mark\.)?row\(\s*(r?(["']).*?\2)\s*\)$""", re.MULTILINE)
row = pytest.mark.row


def tables(page: str, *heads: str) -> list[list[str]]:
    """Return the rows, each a list of its cells, of the tables whose first column has one of these heads."""
    found = []
    for head in heads:
        for table in re.findall(rf"^\| {head} \|.*\n\|-.*\n((?:\|.*\n)+)", page, re.MULTILINE):
            found += [
                [cell.strip() for cell in line.strip("| \n").split(" | ")] for line in table.splitlines()
            ]
    return found


def guide(name: str) -> str:
    return (GUIDES / f"{name}.md").read_text(encoding="utf-8")


def test_every_row_is_a_test_and_every_such_test_has_a_row():
    rows = [cells[0] for cells in tables(guide("bad-input"), "you have")]
    rows += [cells[0] for cells in tables(guide("saved-models"), "what is wrong with the folder")]
    named = [
        ast.literal_eval(words[0])
        for file in TESTS.rglob("test_*.py")
        for words in NAMED.findall(file.read_text(encoding="utf-8"))
    ]
    assert len(rows) >= 80
    assert len(set(rows)) == len(rows)
    assert sorted(set(named)) == sorted(rows)


def test_the_table_of_errors_has_them_all():
    rows = {
        cells[0].strip("`"): re.findall(r"`(\w+)`", cells[1])
        for cells in tables(guide("bad-input"), "error")
    }
    classes = {
        name: its
        for name, its in vars(textclf.errors).items()
        if isinstance(its, type) and issubclass(its, TextclfError) and its is not TextclfError
    }
    assert set(rows) == set(classes)
    for name, its in classes.items():
        assert {base.__name__ for base in its.__bases__} - {"TextclfError"} == set(rows[name])


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write(content: str | bytes, name: str = "file") -> Path:
        raw = content if isinstance(content, bytes) else content.encode("utf-8")
        (tmp_path / name).write_bytes(raw)
        return tmp_path / name

    return write


class TestFiles:
    @row("no such file")
    def test_no_file(self, tmp_path):
        for read in (read_labelled, read_texts, lambda path: EmbeddingLoader(path).load(Vocab(["a"]))):
            with pytest.raises(FileNotFoundError, match="nothing"):
                read(tmp_path / "nothing")

    @row("an empty file, a header and no rows, a folder without a folder for each class")
    def test_nothing_in_it(self, file, tmp_path):
        for content in ("", "\n\n", "\ufeff", gzip.compress(b""), "label\ttext\n", "text,label"):
            for options in ({}, {"text": 1, "label": 0, "header": True, "delimiter": ","}):
                with pytest.raises(DataError, match="file: the file (is empty|has a header and no rows)"):
                    read_labelled(file(content), **options)
        (tmp_path / "folder").mkdir()
        with pytest.raises(DataError, match="folder: "):
            read_labelled(tmp_path / "folder")

    @row("a file of one row")
    @pytest.mark.parametrize(
        "content",
        ["pos\ta good film", "label,text\npos,a good film\n", '{"text": "a good film", "label": "pos"}',
         "__label__pos a good film"],
    )  # fmt: skip
    def test_one_row(self, file, content):
        data = read_labelled(file(content))
        assert (data.texts, data.labels) == (["a good film"], ["pos"])

    @row("a file whose format or columns cannot be recognised")
    @pytest.mark.parametrize(
        ("content", "cure"),
        [("just some words\nand some more\n", "say the `kind` or `delimiter`"),
         ("b c\tx y\t1\nd e\tz u\t2\n", "which column is the label. Pass label=")],
    )  # fmt: skip
    def test_not_recognised(self, file, content, cure):
        with pytest.raises(DataError, match=f"file: .*{cure}"):
            read_labelled(file(content))

    @row("a file that is no text, such as a picture or an archive")
    @pytest.mark.parametrize("begin", [b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"%PDF-1.7\n", b"\x7fELF"])
    def test_no_text(self, file, begin):
        content = begin + np.random.default_rng(0).bytes(5000)
        for read in (read_labelled, read_texts):
            with pytest.raises(DataError, match="file"):
                read(file(content))

    @row("a column that is not there")
    @pytest.mark.parametrize("content", ["label,text\npos,a\nneg,b\n", '{"label": "pos", "text": "a"}'])
    def test_no_such_column(self, file, content):
        with pytest.raises(ArgumentError, match="`text` must be a column of .*Did you mean 'text'"):
            read_labelled(file(content), text="txt", label="label")
        with pytest.raises(
            ArgumentError, match="`text` must be a column of the table.*Did you mean 'text'"
        ):
            read_labelled({"label": ["x"], "text": ["a"]}, text="txt")
        with pytest.raises(DataError, match="line 1: column 5 .* is missing: the line has only 2"):
            read_labelled(file("pos\ta\nneg\tb\n"), text=5, label=0)

    @row("a column that could be the label just as well as the one taken")
    def test_doubtful_label(self, file, caplog):
        path = file("".join(f"{i % 2}\t{i % 3}\ttext {i} of many\n" for i in range(20)))
        with caplog.at_level(logging.WARNING, "textclf"):
            assert read_labelled(path).format.label == 0
        assert "label: column 0" in caplog.text or "column 0" in caplog.text
        assert "it could be 1" in caplog.text

    @row(
        "a row with too few columns, an empty label, broken JSON, no `__label__`, a quote that cannot be followed"
    )
    @pytest.mark.parametrize(
        ("good", "bad", "reason", "options"),
        [
            ("x\ta b\n", "y\n", "column 1 .* is missing", {"text": 1, "label": 0}),
            ("x\ta b\n", "\ta b\n", "the label is empty", {"text": 1, "label": 0}),
            ('{"text": "a", "label": "x"}\n', '{"text": "a"\n', "this is no JSON", {}),
            ("__label__x a b\n", "a b\n", "__label__", {}),
            ("x,a b\n", 'y,"a b\n', "the quotes cannot be followed", {"delimiter": ",", "quoted": True,
                                                                     "text": 1, "label": 0}),
        ],
    )  # fmt: skip
    def test_bad_rows(self, file, tmp_path, good, bad, reason, options):
        path = file(good * 9 + bad)
        with pytest.raises(DataError, match=f"file, line 10: .*{reason}"):
            read_labelled(path, **options)
        for on_bad_row, more in (("skip", {}), ("quarantine", {"quarantine": tmp_path / "bad.jsonl"})):
            data = read_labelled(path, on_bad_row=on_bad_row, **more, **options)
            assert (len(data), data.bad_rows.count) == (9, 1)
        (line,) = (tmp_path / "bad.jsonl").read_text().splitlines()
        assert json.loads(line)["line"] == 10

    @row("only such rows, left out")
    def test_only_bad_rows(self, file):
        with pytest.raises(DataError, match="all of its rows, 3, are bad"):
            read_labelled(file("x\ny\nz\n"), text=1, label=0, on_bad_row="skip")

    @row("a row with several labels where one is expected")
    def test_several_labels(self, file):
        path = file("__label__x a\n__label__x __label__y b\n")
        with pytest.raises(DataError, match="line 2: "):
            read_labelled(path, multi_label=False)
        assert len(read_labelled(path, multi_label=False, on_bad_row="skip")) == 1
        assert read_labelled(path, multi_label=True).labels == [["x"], ["x", "y"]]

    @row("a line with one delimiter too many")
    def test_one_delimiter_too_many(self, file):
        assert read_labelled(file("x\ta b\ny\tc\td\n")).texts == ["a b", "c\td"]

    @row("an empty text")
    def test_an_empty_text(self, file):
        data = read_labelled(file("x\ta b\ny\t\nx\tc d\n"), text=1, label=0)
        assert (len(data), data.num_empty) == (3, 1)

    @row("another encoding than the one named")
    def test_latin_1(self, file):
        path = file("x\tun film\ny\tun film génial\n".encode("latin-1"))
        with pytest.raises(
            DataError, match=r'line 2: byte 12 .*0xe9, is not utf-8\. Pass encoding="latin-1"'
        ):
            read_labelled(path)
        assert read_labelled(path, encoding="latin-1").texts[1] == "un film génial"

    @row("UTF-16, with a byte order mark or without")
    def test_utf_16(self, file):
        rows = "x\tun film\ny\tun film génial\n"
        for encoding, cure in (("utf-16", '"utf-16"'), ("utf-16-le", '"utf-16-le"')):
            path = file(rows.encode(encoding))
            with pytest.raises(DataError, match=rf"UTF-16.*Pass encoding={cure}"):
                read_labelled(path)
            assert read_labelled(path, encoding=encoding).texts[1] == "un film génial"

    @row("U+0085, U+2028, NUL and the like inside a text")
    @pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\0", "\x0b", "\x0c", "\x1c", "\x1e"])
    def test_other_separators(self, file, mark):
        texts = [f"a good{mark} film", "so bad", f"{mark}so good"]
        content = "".join(f"{label}\t{text}\n" for label, text in zip("xyx", texts, strict=True))
        assert read_labelled(file(content)).texts == texts
        assert read_texts(file("\n".join(texts)), kind="lines") == texts

    @row("half of a surrogate pair in JSON")
    def test_half_of_a_pair(self, file):
        path = file('{"text": "a", "label": "x"}\n{"text": "\\ud800", "label": "y"}\n')
        with pytest.raises(DataError, match=r"line 2: the text has U\+D800, half of a surrogate pair"):
            read_labelled(path)
        assert len(read_labelled(path, on_bad_row="skip")) == 1

    @row(r"`\r\n` line ends, no line end, a byte order mark, gzip")
    def test_what_is_read(self, file):
        plain = "x\ta b\ny\tc d\n"
        for content in (
            plain.replace("\n", "\r\n"),
            plain[:-1],
            "\ufeff" + plain,
            gzip.compress(plain.encode()),
        ):
            data = read_labelled(file(content))
            assert (data.texts, data.labels) == (["a b", "c d"], ["x", "y"])

    @row("a gzip file that is cut short")
    def test_cut_gzip(self, file):
        lines = [f"{'xy'[n % 2]}\ttext {n} of many\n" for n in range(9000)]
        content = gzip.compress("".join(lines).encode())
        for end in (3, 20, len(content) // 2, len(content) - 1):
            for on_bad_row in ("error", "skip"):
                with pytest.raises(DataError, match=r"file, line \d+: the gzip file is damaged"):
                    read_labelled(file(content[:end]), on_bad_row=on_bad_row)


TEXTS, LABELS = ["a good film", "good cast", "a bad film", "bad cast"] * 3, ["pos", "pos", "neg", "neg"] * 3


def quick(model: str = "dan", **options: object) -> TextClassifier:
    return TextClassifier(model, **{"epochs": 1, "device": "cpu", "precision": "fp32", **options})


@pytest.fixture(scope="module")
def fitted() -> TextClassifier:
    return quick(model_options={"ngrams": 0}).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.build(TEXTS, LABELS)


class TestTextsAndLabels:
    @row("`None` or NaN among the texts")
    @pytest.mark.parametrize("missing", [None, float("nan"), np.nan])
    def test_missing(self, fitted, encoder, missing):
        for ask in (
            fitted.predict,
            encoder.encode,
            lambda texts: quick().fit(texts, ["x", "y"]),
            lambda texts: TextEncoder.build(texts, ["x", "y"]),
        ):
            with pytest.raises(ArgumentError, match=r"`texts\[1\]` must be a string or a list of tokens"):
                ask(["a good film", missing])

    @row("one string where a list of texts is wanted")
    def test_one_string(self, fitted, encoder):
        for ask in (fitted.predict, encoder.encode, lambda text: quick().fit(text, ["x"])):
            with pytest.raises(ArgumentError, match=r"`texts` must be a list of texts.*\[text\]"):
                ask("a good film")

    @row("texts and labels of different number")
    def test_number(self, fitted, encoder):
        for ask in (quick().fit, fitted.evaluate, encoder.encode, TextEncoder.build):
            with pytest.raises(ArgumentError, match="`labels` must be as many as the texts, 2"):
                ask(["a", "b"], ["pos", "neg", "pos"])

    @row("a list of labels for some texts and single labels for others")
    def test_both_forms(self):
        with pytest.raises(ArgumentError, match=r"`labels\[1\]`"):
            quick().fit(["a", "b", "c"], [["x"], "y", ["x"]])
        with pytest.raises(ArgumentError, match=r"`labels\[1\]`"):
            quick().fit(["a", "b", "c"], ["x", ["y"], "x"])

    @row("an indicator matrix as labels")
    def test_indicators(self):
        with pytest.raises(ArgumentError, match=r"MultiLabelBinarizer\.inverse_transform"):
            quick().fit(["a", "b"], np.array([[0, 1], [1, 1]]))

    @row("one label twice in the list of a text")
    def test_twice(self):
        with pytest.raises(ArgumentError, match=r"`labels\[1\]` must be different labels"):
            quick().fit(["a", "b"], [["x"], ["y", "y"]])

    @row('labels of both types, `1` and `"1"`')
    def test_both_types(self):
        with pytest.raises(ArgumentError, match=r"`labels\[1\]`"):
            quick().fit(["a", "b"], [1, "1"])

    @row("labels that are missing, or are neither strings nor integers")
    @pytest.mark.parametrize("label", [None, float("nan"), 1.0, True, b"pos"])
    def test_other_types(self, label):
        with pytest.raises(ArgumentError, match=r"`labels\[0\]`"):
            quick().fit(["a", "b"], [label, "neg"])

    @row("a label in the test set that training never saw")
    def test_unseen(self, fitted, encoder):
        for ask in (fitted.evaluate, encoder.encode, fitted.thresholds, fitted.calibrate):
            options = {"precision": 0.9} if ask == fitted.thresholds else {}
            with pytest.raises(UnseenLabelError, match=r"labels\[1\].*'new'.*Known: 'neg', 'pos'"):
                ask(["a", "b"], ["pos", "new"], **options)

    @row("no tokens in any text")
    def test_no_tokens(self):
        with pytest.raises(DataError, match="no token"):
            quick().fit(["", " ", "\n", ""], ["x", "y", "x", "y"])

    @row("a text without tokens among others")
    @pytest.mark.parametrize("model", list_models())
    def test_one_without_tokens(self, model):
        corpus = TextEncoder.build(["a b", "", "c"], ["x", "y", "x"]).encode(["a b", "", "c"])
        assert corpus.lengths.tolist() == [2, 0, 1]
        answers = (
            quick(model).fit(["a b", "", "c"] * 2, ["x", "y", "x"] * 2).predict_proba(["", "  ", "\n"])
        )
        assert np.isfinite(answers).all()
        assert (answers == answers[0]).all()

    @row("a text of 100,000 words")
    @pytest.mark.parametrize("model", ["fasttext", "textcnn", "dan"])
    def test_a_very_long_text(self, model):
        long = " ".join(f"word{n % 70}" for n in range(100_000))
        made = quick(model).fit([long, "a good film", "a bad film"], ["x", "y", "y"])
        assert made.run_.unread == 0.0
        assert len(made.predict([long, "so good", long])) == 3
        cut = quick(model, max_length=100).fit([long, "a good film", "a bad film"], ["x", "y", "y"])
        assert cut.run_.unread > 0.99

    @row("NUL, line ends and other odd characters in a text or a label")
    @pytest.mark.parametrize("odd", ["\0", "\n", "\r", "\t", "\x85", "\u2028", "\ufeff", "\u200b", "💚"])
    def test_odd_characters(self, odd, tmp_path):
        texts, labels = [["good", f"fi{odd}lm", odd], ["bad", f"{odd}film"]] * 4, [f"p{odd}", f"n{odd}"] * 4
        made = quick().fit(texts, labels)
        made.save(tmp_path / "saved")
        again = TextClassifier.load(tmp_path / "saved", device="cpu", precision="fp32")
        assert again.classes_.tolist() == sorted(set(labels))
        np.testing.assert_array_equal(again.predict_proba(texts), made.predict_proba(texts))

    @row("words that the vocabulary does not know")
    def test_unknown_words(self, encoder, fitted):
        assert encoder.encode(["a qwertz film"])[0].tolist()[1] == 1
        assert encoder.vocab.oov_rate([["a", "qwertz"]]) == 0.5
        assert np.isfinite(fitted.predict_proba(["qwertz asdf"])).all()

    @row("a word spelt `<pad>`")
    def test_a_word_like_padding(self):
        its = TextEncoder.build([["a", "<pad>"], ["<unk>", "b"]], ["x", "y"])
        assert its.encode([["<pad>", "<unk>", "a"]])[0].tolist()[:2] == [1, 1]

    @row("texts longer than `max_length`")
    def test_too_long(self):
        its = TextEncoder.build(["a b c d", "a b"], ["x", "y"], max_length=3)
        corpus = its.encode(["a b c d", "a b"])
        assert (corpus.lengths.tolist(), corpus.dropped_share) == ([3, 2], pytest.approx(1 / 6))


class TestVectors:
    @pytest.fixture
    def load(self, file):
        def loaded(content: str | bytes, *words: str):
            return EmbeddingLoader(file(content)).load(Vocab(words))

        return loaded

    @row("a row of another width, or a value that is not a number")
    @pytest.mark.parametrize("bad", ["b 0.3", "b 0.3 x"])
    def test_bad_row(self, load, bad):
        with pytest.raises(DataError, match="file, line 2: "):
            load(f"a 0.1 0.2\n{bad}\nc 0.5 0.6\n", "a", "b")

    @row("NaN or infinity in a vector that is needed")
    @pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
    def test_not_finite(self, load, value):
        with pytest.raises(DataError, match="file"):
            load(f"a 0.1 0.2\nb 0.3 {value}\n", "a", "b")
        load(f"a 0.1 0.2\nb 0.3 {value}\n", "a")

    @row("a file that ends too early")
    def test_cut(self, load):
        binary = b"2 3\n" + b"".join(w + b" " + np.ones(3, "<f4").tobytes() for w in (b"a", b"b"))
        for content in (
            b"3 2\na 0.1 0.2\nb 0.3 0.4\n",
            binary[:-1],
            gzip.compress(b"a 1 2\nb 3 4\n" * 99)[:-9],
        ):
            with pytest.raises(DataError, match="file"):
                load(content, "a", "b")

    @row("a format that is not known")
    @pytest.mark.parametrize(
        "content", [b"\x89HDF\r\n\x1a\n" + bytes(50), b"PK\x03\x04" + bytes(50), b"{}", b""]
    )
    def test_no_format(self, load, content):
        with pytest.raises(DataError, match="file"):
            load(content, "a")

    @row("a word twice")
    def test_twice(self, load):
        matrix, coverage = load("a 1 2\nb 3 4\na 5 6\n", "a", "b")
        assert matrix[2].tolist() == [1.0, 2.0]
        assert coverage.repeated == 1

    @row("no word of the vocabulary in the file")
    def test_nothing_found(self, load):
        with pytest.raises(DataError, match="begins with 'x', 'y', the file with 'a', 'b'"):
            load("a 1 2\nb 3 4\n", "x", "y")

    @row("a pickle that asks for code to be run")
    def test_a_pickle(self, load, tmp_path):
        with pytest.raises(DataError, match="pickle"):
            load(b"\x80\x02cos\nsystem\nX\x05\x00\x00\x00touch\x85R.", "a")


def corpus(rows: int = 12, classes: int = 2) -> EncodedCorpus:
    return EncodedCorpus.from_lists(
        [[2 + n % 3, 3] for n in range(rows)], [n % classes for n in range(rows)]
    )


def trainer(**options: object) -> Trainer:
    model = create_model("dan", vocab_size=9, num_classes=2)
    return Trainer(model, **{"epochs": 2, "batch_size": 4, "progress": False, "device": "cpu", **options})


class StopAt(Callback):
    def __init__(self, error: BaseException, *, step: int) -> None:
        self.error, self.step = error, step

    def on_step_end(self, trainer, result):
        if trainer.state.step == self.step:
            raise self.error


class TestTraining:
    @row("texts of one class only, no labels, no texts")
    def test_nothing_to_learn(self, monkeypatch):
        its = trainer()
        monkeypatch.setattr(its, "train_step", lambda batches: pytest.fail("a step was made"))
        unlabelled = EncodedCorpus.from_lists([[2], [3]])
        for data in (corpus(classes=1), unlabelled, EncodedCorpus.from_lists([], []), corpus(0)):
            with pytest.raises(DataError, match="`train` must have"):
                its.fit(data)
        for texts, labels in (([], []), (["a", "b"], ["x", "x"])):
            with pytest.raises(DataError, match="classes"):
                quick().fit(texts, labels)

    @row("ids or classes that the model has no row for")
    def test_out_of_range(self):
        with pytest.raises(ArgumentError, match="9"):
            trainer().fit(EncodedCorpus.from_lists([[2], [9]], [0, 1]))
        with pytest.raises(ArgumentError, match="labelled from 0 to 1, the classes of the model"):
            trainer().fit(corpus(classes=3))

    @row("one text in the last batch")
    def test_one_left_over(self):
        assert [
            len(batch.indices) for batch in BatchLoader(corpus(9), batch_size=4, shuffle=True).epoch(0)
        ] == [4, 5]

    @row("a loss or gradient that is NaN")
    def test_not_a_number(self):
        its = trainer(optimizer="sgd", learning_rate=1e30, clip_norm=None)
        with pytest.raises(NonFiniteLossError, match="Received: nan at step 2"):
            its.fit(corpus())
        assert np.isfinite(its.predict_logits(corpus())).all()

    @row("Ctrl-C")
    def test_interrupted(self):
        its = trainer(epochs=9, callbacks=[StopAt(KeyboardInterrupt(), step=8)])
        history = its.fit(corpus(), corpus(8))
        assert (len(history), history.stopped) == (2, "interrupted")
        assert np.isfinite(its.predict_logits(corpus())).all()

    @row("a run folder that exists")
    def test_a_run_folder(self, tmp_path):
        trainer(run_folder=tmp_path / "run").fit(corpus())
        with pytest.raises(OutputExistsError, match="resume=True"):
            trainer(run_folder=tmp_path / "run").fit(corpus())
        trainer(run_folder=tmp_path / "run").fit(corpus(), resume=True)

    @row("a checkpoint of another run")
    def test_another_run(self, tmp_path):
        trainer(run_folder=tmp_path / "run").fit(corpus())
        with pytest.raises(ArgumentError, match="batch_size|batches"):
            trainer(run_folder=tmp_path / "run", batch_size=3).fit(corpus(), resume=True)


class TestPrediction:
    @row("an empty string, an empty list")
    def test_nothing(self, fitted):
        assert fitted.predict([""])[0] in ("pos", "neg")
        assert list(fitted.predict([])) == []
        assert fitted.predict_proba([]).shape == (0, 2)
        assert fitted.predictor_.predict("") in ("pos", "neg")

    @row("texts longer than `max_length` or than the model reads")
    def test_too_long(self, fitted, tmp_path, caplog):
        made = quick(max_length=3).fit(TEXTS, LABELS)
        with caplog.at_level(logging.WARNING, "textclf"):
            for _ in range(3):
                made.predict(["a good film and a bad cast"])
        assert caplog.text.count("were not read, since the texts are too long") == 1
        whole = Predictor(made.predictor_.encoder, made.predictor_.model, device="cpu", windows=Windows(3))
        assert whole.dropped_share(["a good film and a bad cast"]) == 0

    @row("a folder that was cut off, edited, mixed with another, or made by an enemy")
    @pytest.mark.parametrize("name", ["config.json", "vocab.txt", "weights.safetensors", "labels.json"])
    def test_a_damaged_folder(self, fitted, tmp_path, name):
        fitted.save(tmp_path / "saved")
        path = tmp_path / "saved" / name
        path.write_bytes(path.read_bytes()[:-2])
        for load in (TextClassifier.load, Predictor.load):
            with pytest.raises(DataError, match=name):
                load(tmp_path / "saved")

    @row("a folder whose tokenizer, vocabulary or weights no longer answer as they did")
    def test_another_answer(self, fitted, tmp_path, monkeypatch):
        fitted.save(tmp_path / "saved")
        answer = Predictor.probabilities
        monkeypatch.setattr(Predictor, "probabilities", lambda self, logits: answer(self, logits * 1.5 + 1))
        with pytest.raises(DataError, match=r"The text 'a good film' .* probabilities were .* and are "):
            TextClassifier.load(tmp_path / "saved")

    @row("a model trained on a GPU, opened where there is none")
    def test_another_device(self, fitted, tmp_path):
        made = quick().fit(TEXTS, LABELS).set_params(device="cuda", precision="bf16")
        made.save(tmp_path / "saved")
        with patch("torch.cuda.is_available", lambda: False):
            again = TextClassifier.load(tmp_path / "saved", precision="fp32")
        assert again.predictor_.device.type in ("cpu", "mps")
        np.testing.assert_allclose(again.predict_proba(TEXTS), made.predict_proba(TEXTS), atol=1e-5)

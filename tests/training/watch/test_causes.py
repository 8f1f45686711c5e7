from __future__ import annotations

import pytest
import torch
from torch import nn

from textclf.doctor import DATA_CHECKS, Finding, Findings
from textclf.models import create_model
from textclf.training.watch import TRAINING_CHECKS
from textclf.training.watch.causes import CONSEQUENCES, led_by_causes


def test_all_of_what_follows_is_listed_and_comes_later():
    order = [*CONSEQUENCES]
    for cause, consequences in CONSEQUENCES.items():
        assert cause in TRAINING_CHECKS
        assert len(set(consequences)) == len(consequences)
        for code in consequences:
            assert code in TRAINING_CHECKS
            assert code not in order or order.index(code) > order.index(cause)
            assert set(CONSEQUENCES.get(code, ())) < set(consequences)


def finding(code, severity):
    return Finding(code, severity, f"{code} was seen.", "Some cause.", "Some cure.", {"share": 1.0})


def test_a_cause_leads_and_is_as_grave_as_what_follows():
    given = [finding("one-class", "stop"), finding("plateau", "warning"), finding("padding-row", "warning")]
    found = led_by_causes(Findings(given, remarks=["3 steps."]))
    assert [(its.code, its.severity) for its in found] == [
        ("plateau", "stop"),
        ("padding-row", "warning"),
        ("one-class", "note"),
    ]
    assert found[2].cause == "It follows from plateau, which is to be cured first."
    assert (found[2].seen, found[2].cure, found[2].figures) == (
        given[0].seen,
        given[0].cure,
        {"share": 1.0},
    )
    assert found.remarks == ("3 steps.",)


def test_the_first_cause_is_named_and_there_is_one_stop():
    codes = ("below-majority", "one-class", "constant-output", "dead-units", "symmetric-start")
    found = led_by_causes(Findings([finding(code, "stop") for code in codes]))
    assert [its.code for its in found if its.severity == "stop"] == ["symmetric-start"]
    assert all("follows from symmetric-start" in its.cause for its in found[1:])


def test_a_note_explains_nothing():
    given = Findings([finding("one-class", "stop"), finding("softmax-twice", "note")])
    assert led_by_causes(given) == given


@pytest.mark.parametrize("name", ["mlp", "dan"])
def test_a_start_at_zero_has_one_stop(run, caplog, name):
    def zeros(model):
        for parameter in model.parameters():
            if parameter.dim() > 1 and parameter is not model.embedding.channels[0].weight:
                nn.init.zeros_(parameter)

    caplog.set_level("WARNING", "textclf")
    found = run(name, change=zeros, epochs=5).history.findings
    assert {its.code: its.severity for its in found}["symmetric-start"] == "stop"
    assert {"constant-output", "one-class"} < set(found.codes)
    assert [its.code for its in found if its.severity != "note"] == ["symmetric-start"]
    [said] = [its.getMessage() for its in caplog.records if its.name == "textclf"]
    assert "[symmetric-start]" in said
    assert "[one-class]" not in said


def test_words_that_are_unknown_lead(train_on, data):
    unknown = data.train.with_labels(data.train.labels, data.train.label_names)
    unknown.ids = torch.ones(data.train.num_tokens, dtype=torch.int32).numpy()
    model = create_model("dan", vocab_size=data.vocab_size, num_classes=2, ngrams=0)
    found = train_on(model, unknown, unknown).history.findings
    assert (found[0].code, found[0].severity) == ("unknown-words", "stop")
    assert {its.severity for its in found[1:]} == {"note"}
    assert "unknown-words" in DATA_CHECKS

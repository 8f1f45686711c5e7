"""What tells the class stands 40 tokens before the state that is looked at: no gradient comes so far."""

import numpy as np
from case import Case, show

from textclf import EncodedCorpus
from textclf.doctor import Findings

CODE, MODELS, EARLY = "vanishing-gradients", ("rnn", "textrnn"), True


def lengthened(corpus: EncodedCorpus) -> EncodedCorpus:
    """Put 40 times the same token behind each text."""
    texts = [np.concatenate([its, np.full(40, 2)]) for its in corpus]
    return EncodedCorpus.from_lists(texts, corpus.labels, label_names=corpus.label_names)


def faulty(case: Case) -> Findings:
    """Take the last state of a plain recurrent network."""
    model = (
        case.model(cell="rnn", pooling="last", bidirectional=False)
        if case.model_name == "textrnn"
        else (case.model(pooling="last"))
    )
    for name, parameter in model.named_parameters():
        if "hh" in name:
            parameter.data *= 0.1
    return case.train(model, lengthened(case.data.train), lengthened(case.data.valid))


def repaired(case: Case, cure: str) -> Findings:
    """Take the largest state of a gated network."""
    model = Case(case.data, "gru", case.seed).model(pooling="max")
    return case.train(model, lengthened(case.data.train), lengthened(case.data.valid))


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)

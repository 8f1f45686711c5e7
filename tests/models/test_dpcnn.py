from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.models import DPCNN, create_model

SIZES = {"vocab_size": 20, "num_classes": 3, "embed_dim": 4, "num_filters": 5}


def made(**options) -> DPCNN:
    torch.manual_seed(0)
    return DPCNN(**{**SIZES, **options}).eval()


def ids(*lengths: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    values = torch.randint(2, 20, (len(lengths), max(lengths)), generator=generator)
    return values, torch.tensor(lengths)


def by_the_paper(model: DPCNN, embedded: Tensor) -> Tensor:
    """One text ``(1, L, D)`` without padding, so without a mask."""
    text = model.region(embedded.transpose(1, 2))
    for number, (first, second) in enumerate(model.blocks):
        if number > 0:
            text = F.max_pool1d(F.pad(text, (1, 1), value=-torch.inf), 3, stride=2)
        text = text + second(F.relu(first(F.relu(text))))
    return text.amax(dim=2)


@pytest.mark.parametrize("num_blocks", [1, 2, 4])
def test_each_text_is_what_it_is_without_padding(num_blocks):
    model = made(num_blocks=num_blocks)
    token_ids, lengths = ids(1, 2, 3, 4, 8, 9, 17, 30)
    found = model.token_features(token_ids, lengths)
    for row, length in enumerate(lengths.tolist()):
        embedded = model.embedding(token_ids[row : row + 1, :length], lengths[row : row + 1])
        assert torch.allclose(found[row], by_the_paper(model, embedded)[0], atol=1e-5)


def test_empty_text_gets_the_bias():
    model = made()
    logits = model(torch.zeros(1, 9, dtype=torch.int64), torch.tensor([0]))
    assert torch.allclose(logits[0], model.classifier.bias)


def test_reads_a_text_of_any_length_to_its_end():
    model = made(num_blocks=6, ngrams=0)
    assert model.reads_at_most is None
    token_ids, lengths = ids(3000)
    other = token_ids.clone()
    other[0, -40:] = 7
    assert not torch.allclose(model(token_ids, lengths), model(other, lengths), atol=1e-6)


def test_half_the_positions_from_block_to_block():
    model = made(num_blocks=4)
    seen = []
    for first, _ in model.blocks:
        first.register_forward_hook(lambda layer, given, result: seen.append(result.shape[2]))
    model(*ids(13, 5))
    assert seen == [13, 7, 4, 2]


@pytest.mark.parametrize("option", ["num_filters", "num_blocks"])
@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True])
def test_sizes(option, bad):
    with pytest.raises(ArgumentError, match=f"`{option}` must be an integer of at least 1. Received: "):
        made(**{option: bad})


def test_misspelt_option():
    with pytest.raises(UnknownOptionError, match="option of model 'dpcnn'.*Did you mean 'num_blocks'"):
        create_model("dpcnn", **SIZES, num_block=2)

from __future__ import annotations

import math

import pytest
import torch

from textclf.errors import ArgumentError
from textclf.layers.embedding import EMBEDDING_MODES, TokenEmbedding

IDS = torch.tensor([[5, 3, 2], [4, 0, 0], [0, 0, 0]])
LENGTHS = torch.tensor([3, 1, 0])


def vectors(rows: int = 6, columns: int = 4) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))


def made(mode: str = "auto", **options) -> TokenEmbedding:
    """A layer with the vectors as they are, not scaled; the same each time."""
    torch.manual_seed(0)
    given = {} if mode == "random" else {"vectors": vectors()}
    return TokenEmbedding(6, mode=mode, **{"embed_dim": 4, "std": None, **given, **options})


class TestModes:
    def test_auto_is_random_without_vectors_and_non_static_with_them(self):
        assert TokenEmbedding(6).mode == "random"
        assert TokenEmbedding(6, vectors=vectors()).mode == "non-static"

    @pytest.mark.parametrize(
        ("mode", "trained"),
        [("random", [True]), ("static", [False]), ("non-static", [True]), ("multichannel", [False, True])],
    )
    def test_which_channels_are_trained(self, mode, trained):
        layer = made(mode)
        assert [channel.weight.requires_grad for channel in layer.channels] == trained
        assert layer.output_dim == 4 * len(trained)
        assert layer(IDS, LENGTHS).shape == (3, 3, layer.output_dim)

    @pytest.mark.parametrize("mode", ["static", "non-static", "multichannel"])
    def test_pretrained_vectors_are_looked_up(self, mode):
        layer = made(mode)
        expected = vectors()[[5, 3, 2]]
        assert torch.equal(layer(IDS, LENGTHS)[0], torch.cat([expected] * len(layer.channels), dim=1))

    def test_random_start_is_of_the_size_of_pretrained_vectors(self):
        torch.manual_seed(0)
        weight = TokenEmbedding(2000, embed_dim=50).channels[0].weight[1:]
        assert weight.std().item() == pytest.approx(0.1, rel=0.02)
        assert weight.mean().item() == pytest.approx(0.0, abs=0.002)

    @pytest.mark.parametrize("mode", ["random", "multichannel"])
    def test_each_channel_starts_with_the_deviation_asked_for(self, mode):
        torch.manual_seed(0)
        given = None if mode == "random" else torch.randn(2000, 50) * 7
        layer = TokenEmbedding(2000, embed_dim=50, vectors=given, mode=mode, std=0.02)
        for channel in layer.channels:
            assert channel.weight[1:].std().item() == pytest.approx(0.02, rel=0.02)

    def test_random_with_vectors_takes_only_their_width(self):
        layer = TokenEmbedding(6, vectors=vectors(), mode="random")
        assert layer.embed_dim == 4
        assert not torch.allclose(layer.channels[0].weight[1:], vectors()[1:])

    def test_width_is_100_by_default_and_that_of_the_vectors_with_them(self):
        assert TokenEmbedding(6).output_dim == 100
        assert TokenEmbedding(6, vectors=vectors(columns=7)).output_dim == 7
        assert TokenEmbedding(6, vectors=vectors(columns=7), embed_dim=7).output_dim == 7

    @pytest.mark.parametrize("mode", ["Static", "", "statik", None, ["static"]])
    def test_refuses_another_mode(self, mode):
        with pytest.raises(ArgumentError, match="`embedding_mode` must be 'auto' or one of random, static"):
            TokenEmbedding(6, vectors=vectors(), mode=mode)

    @pytest.mark.parametrize("mode", ["static", "non-static", "multichannel"])
    def test_refuses_a_pretrained_mode_without_vectors(self, mode):
        with pytest.raises(ArgumentError, match=f"`embedding` must be given for embedding_mode='{mode}'"):
            TokenEmbedding(6, mode=mode)


class TestVectors:
    @pytest.mark.parametrize("bad", [vectors()[0], vectors()[None], torch.tensor(1.0), vectors()[:, :0]])
    def test_refuses_another_shape(self, bad):
        with pytest.raises(ArgumentError, match=r"tensor of shape \(vocab_size, embed_dim\). Received: \("):
            TokenEmbedding(6, vectors=bad)

    @pytest.mark.parametrize(("bad", "kind"), [(vectors().numpy(), "ndarray"), ([[0.0] * 4] * 6, "list")])
    def test_refuses_what_is_no_tensor(self, bad, kind):
        with pytest.raises(ArgumentError, match=f"`embedding` must be a tensor.* Received: '{kind}'"):
            TokenEmbedding(6, vectors=bad)

    @pytest.mark.parametrize("rows", [5, 7])
    def test_refuses_another_number_of_rows(self, rows):
        with pytest.raises(
            ArgumentError, match=rf"of 6 rows, one for each token .* Received: \({rows}, 4\)"
        ):
            TokenEmbedding(6, vectors=vectors(rows))

    def test_refuses_another_embed_dim(self):
        with pytest.raises(
            ArgumentError, match="`embed_dim` must be 4, the width of `embedding`. Received: 3"
        ):
            TokenEmbedding(6, vectors=vectors(), embed_dim=3)

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("mode", EMBEDDING_MODES)
    def test_refuses_what_is_not_finite_and_names_the_row(self, mode, value):
        bad = vectors()
        bad[3, 1] = value
        with pytest.raises(ArgumentError, match="`embedding` must be finite. .* in row 3"):
            TokenEmbedding(6, vectors=bad, mode=mode)

    def test_refuses_numbers_that_do_not_fit_into_32_bits(self):
        bad = vectors().double()
        bad[2, 0] = 1e300
        with pytest.raises(ArgumentError, match="`embedding` must be finite. .* in row 2"):
            TokenEmbedding(6, vectors=bad)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_any_floating_type_becomes_32_bits(self, dtype):
        weight = made(vectors=vectors().to(dtype)).channels[0].weight
        assert weight.dtype == torch.float32
        assert torch.allclose(weight[1:], vectors()[1:], atol=0.02)

    @pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
    def test_are_brought_to_one_scale_by_one_number(self, scale):
        given = vectors() * scale
        given[2] = 0.0  # a word without a vector says nothing of the scale
        weight = TokenEmbedding(6, vectors=given).channels[0].weight
        ratio = weight[[1, 3, 4, 5]] / given[[1, 3, 4, 5]]
        assert torch.allclose(ratio, ratio[0, 0].expand(4, 4), rtol=1e-4)
        assert (given[[0, 1, 3, 4, 5]] * ratio[0, 0]).std().item() == pytest.approx(0.1, rel=1e-3)
        assert not weight[2].any()

    @pytest.mark.parametrize("given", [torch.zeros(6, 4), torch.ones(6, 4), torch.eye(6)[:, 5:]])
    def test_without_a_deviation_stay_as_they_are(self, given):
        weight = TokenEmbedding(6, vectors=given).channels[0].weight
        assert torch.equal(weight[1:], given[1:])

    def test_that_learn_can_be_given_too(self):
        layer = TokenEmbedding(6, vectors=torch.nn.Parameter(vectors()), std=None)
        assert layer.channels[0].weight.is_leaf
        assert torch.equal(layer.channels[0].weight[1:], vectors()[1:])

    def test_vectors_are_copied(self):
        given = vectors()
        layer = made(vectors=given)
        given.fill_(9.0)
        assert torch.equal(layer.channels[0].weight[1:], vectors()[1:])
        layer.channels[0].weight.data.fill_(8.0)
        assert given.eq(9.0).all()

    def test_the_two_channels_share_nothing(self):
        layer = made("multichannel")
        layer.channels[1].weight.data.fill_(8.0)
        assert torch.equal(layer.channels[0].weight[1:], vectors()[1:])


@pytest.mark.parametrize("mode", EMBEDDING_MODES)
class TestPadding:
    def test_padding_is_zeros_and_words_are_not(self, mode):
        embedded = made(mode)(IDS, LENGTHS)
        for row, length in enumerate(LENGTHS.tolist()):
            assert not embedded[row, length:].any()
            assert embedded[row, :length].abs().sum(dim=1).gt(0).all()

    def test_what_stands_at_padding_is_not_looked_at(self, mode):
        layer = made(mode)
        garbage = torch.tensor([[5, 3, 2], [4, 99, -1], [1, 2, 10**12]])
        assert torch.equal(layer(garbage, LENGTHS), layer(IDS, LENGTHS))
        assert garbage[1, 1] == 99  # the caller's tensor is as it was

    def test_row_of_the_padding_is_zero_though_the_vectors_have_one(self, mode):
        for channel in made(mode).channels:
            assert not channel.weight[0].any()

    def test_row_of_the_padding_gets_no_gradient(self, mode):
        layer = made(mode)
        with_pad_inside = torch.tensor([[5, 0, 2], [4, 0, 0], [0, 0, 0]])
        embedded = layer(with_pad_inside, LENGTHS)
        if not embedded.requires_grad:
            assert mode == "static"
            return
        embedded.sum().backward()
        gradient = layer.channels[-1].weight.grad
        assert gradient is not None
        assert not gradient[0].any()
        assert gradient[[2, 4, 5]].any(dim=1).all()
        assert not gradient[[1, 3]].any()


@pytest.mark.parametrize("mode", EMBEDDING_MODES)
class TestDistinct:
    def test_vectors_at_their_places_are_what_is_looked_up(self, mode):
        layer = made(mode)
        vectors, places = layer.distinct(IDS, LENGTHS)
        assert places.shape == IDS.shape
        assert len(vectors) == 5
        assert torch.equal(vectors[places], layer(IDS, LENGTHS))

    def test_padding_comes_first_even_where_there_is_none(self, mode):
        vectors, places = made(mode).distinct(IDS[:1], LENGTHS[:1])
        assert places.tolist() == [[3, 2, 1]]
        assert not vectors[0].any()

    def test_what_stands_at_padding_is_not_looked_at(self, mode):
        garbage = torch.tensor([[5, 3, 2], [4, 99, -1], [1, 2, 10**12]])
        for one, other in zip(
            made(mode).distinct(garbage, LENGTHS), made(mode).distinct(IDS, LENGTHS), strict=True
        ):
            assert torch.equal(one, other)

    def test_gradient_is_that_of_looking_up(self, mode):
        if mode == "static":
            return
        found = []
        for way in ("forward", "distinct"):
            layer = made(mode)
            if way == "forward":
                embedded = layer(IDS, LENGTHS)
            else:
                vectors, places = layer.distinct(IDS, LENGTHS)
                embedded = vectors[places]
            embedded.square().sum().backward()
            found.append(layer.channels[-1].weight.grad)
        assert found[0].any()
        assert torch.allclose(*found)


class TestIds:
    @pytest.mark.parametrize("bad", [6, 10**9, -1, -100])
    @pytest.mark.parametrize("mode", EMBEDDING_MODES)
    @pytest.mark.parametrize("dropout", [0.0, 0.5])
    def test_refuses_ids_out_of_range(self, mode, bad, dropout):
        layer, batch = made(mode, dropout=dropout), (torch.tensor([[2, bad]]), torch.tensor([2]))
        for call in (layer, layer.distinct):
            with pytest.raises(ArgumentError, match=rf"`token_ids` must be from 0 to 5. Received: .*{bad}"):
                call(*batch)

    def test_first_and_last_id_are_in_range(self):
        embedded = made()(torch.tensor([[0, 5]]), torch.tensor([2]))
        assert not embedded[0, 0].any()
        assert torch.equal(embedded[0, 1], vectors()[5])


class TestDropout:
    def test_token_dropout_takes_whole_tokens_at_its_rate(self):
        torch.manual_seed(0)
        layer = made(token_dropout=0.3)
        ids = torch.full((20, 100), 3)
        embedded = layer(ids, torch.full((20,), 100))
        gone = (embedded == 0).all(dim=2)
        kept = (embedded == vectors()[3]).all(dim=2)
        assert (gone ^ kept).all()
        assert gone.float().mean().item() == pytest.approx(0.3, abs=0.04)

    def test_dropout_takes_single_features_at_its_rate_and_scales_the_rest(self):
        torch.manual_seed(0)
        given = torch.rand(1000, 4) + 1
        layer = TokenEmbedding(1000, vectors=given, std=None, dropout=0.25)
        ids = torch.randperm(1000).view(10, 100)
        ratio = (layer(ids, torch.full((10,), 100)) / given[ids])[ids > 0]
        gone = ratio == 0
        assert torch.allclose(ratio[~gone], torch.tensor(1 / 0.75))
        assert gone.float().mean().item() == pytest.approx(0.25, abs=0.03)

    @pytest.mark.parametrize("way", ["forward", "distinct", "of the whole table"])
    @pytest.mark.parametrize("mode", EMBEDDING_MODES)
    def test_dropout_is_drawn_anew_for_each_token_of_the_vocabulary_and_each_batch(self, mode, way):
        torch.manual_seed(0)
        layer = made(mode, dropout=0.5)

        def drawn() -> torch.Tensor:
            if way == "distinct":
                vectors, places = layer.distinct(IDS[[0, 0, 1, 2]], LENGTHS[[0, 0, 1, 2]])
                return vectors[places]
            if way == "forward":
                return layer(IDS[[0, 0, 1, 2]], LENGTHS[[0, 0, 1, 2]])
            tables = [layer.dropout(table) for table in layer.channels.parameters()]
            return layer._look_up(IDS[[0, 0, 1, 2]], tables)

        first, second = drawn(), drawn()
        assert torch.equal(first[0], first[1])  # the same text twice
        assert not torch.equal(first, second)
        masks = first[0] == 0
        assert 0 < masks.sum() < masks.numel()
        assert not torch.equal(masks[0], masks[1])
        assert not first[3].any()  # padding
        kept = made(mode).eval()(IDS, LENGTHS)[0]
        assert torch.equal(first[0][~masks], 2 * kept[~masks])

    def test_another_device_is_not_asked_how_many_tokens_are_distinct(self):
        layer = made("multichannel", dropout=0.5).to("meta")
        assert layer(IDS.to("meta"), LENGTHS.to("meta")).shape == (3, 3, 8)

    def test_neither_acts_in_evaluation(self):
        layer = made(dropout=0.5, token_dropout=0.5).eval()
        assert torch.equal(layer(IDS, LENGTHS), made()(IDS, LENGTHS))

    def test_dropped_tokens_get_no_gradient(self):
        torch.manual_seed(0)
        layer = made(token_dropout=0.5)
        ids = torch.arange(1, 6)[None]
        embedded = layer(ids, torch.tensor([5]))
        gone = (embedded[0] == 0).all(dim=1)
        assert 0 < gone.sum() < 5
        embedded.sum().backward()
        assert torch.equal(layer.channels[0].weight.grad[1:].any(dim=1), ~gone)

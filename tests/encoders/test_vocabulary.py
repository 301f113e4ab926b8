"""Which tokens are kept, by hand, and that texts of kept tokens are read as before."""

import json

import pytest
from families import TEXTS, fast_tokenizer
from tokenizers import Tokenizer, models, pre_tokenizers

from equilingual.encoders.vocabulary import VocabularyError, failed_prefixes, kept_tokens, trim_tokenizer

KINDS = ["unigram", "wordpiece", "bpe"]


def spec_of(tokenizer):
    return json.loads(tokenizer.to_str())


def trimmed(tokenizer, texts):
    """Return the tokenizer trimmed to texts, and the numbers kept."""
    spec = spec_of(tokenizer)
    kept = kept_tokens(spec, {number for text in texts for number in tokenizer.encode(text).ids})
    return Tokenizer.from_str(json.dumps(trim_tokenizer(spec, kept))), kept


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [0, 2, 4])
def test_texts_of_kept_tokens_are_read_as_before_and_others_without_unknown_tokens(kind, first):
    tokenizer = fast_tokenizer(kind).backend_tokenizer
    own = TEXTS[first : first + 2]
    smaller, kept = trimmed(tokenizer, own)
    assert len(kept) < tokenizer.get_vocab_size() - 20
    assert smaller.get_vocab_size() == len(kept)
    for text in own:
        assert [kept[number] for number in smaller.encode(text).ids] == tokenizer.encode(text).ids
    unknown = next(token for token in ("<unk>", "[UNK]") if smaller.token_to_id(token) is not None)
    others = [text for text in TEXTS if text not in own]
    assert any([kept[n] for n in smaller.encode(text).ids] != tokenizer.encode(text).ids for text in others)
    for text in others:
        assert smaller.token_to_id(unknown) not in smaller.encode(text).ids
        # Nothing of the text is lost: the pieces spell it.
        joined = [piece.replace("##", "") for piece in smaller.encode(text, add_special_tokens=False).tokens]
        expected = [piece.replace("##", "") for piece in tokenizer.encode(text, add_special_tokens=False).tokens]
        assert "".join(joined) == "".join(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_keep_their_part(kind):
    tokenizer = fast_tokenizer(kind).backend_tokenizer
    smaller, kept = trimmed(tokenizer, TEXTS[:1])
    for token in spec_of(tokenizer)["added_tokens"]:
        assert kept[smaller.token_to_id(token["content"])] == token["id"]
    pair = smaller.encode("what", "is")
    assert [kept[number] for number in pair.ids] == tokenizer.encode("what", "is").ids


def unigram(pieces):
    vocab = [("<unk>", 0.0), *pieces]
    return Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=False))


def test_the_least_score_stays_because_that_of_an_unknown_character_follows_from_it():
    # "☃" has no piece. Unknown is least - 10: "ab☃" as it is, or "a", "b☃" with a piece of the two at -30.
    tokenizer = unigram([("a", -1.0), ("b", -1.0), ("b☃", -10.0), ("ab", -3.0), ("q", -2.0), ("qa", -50.0)])
    assert tokenizer.encode("ab☃").tokens == ["a", "b☃"]
    smaller, kept = trimmed(tokenizer, ["ab☃"])
    assert kept == [0, 1, 2, 3, 5, 6]  # "qa" scores least, "b☃" has a character without a piece; "ab" goes
    assert smaller.encode("ab☃").tokens == ["a", "b☃"]
    assert smaller.encode("☃☃").ids == tokenizer.encode("☃☃").ids


def test_a_tie_is_decided_as_before():
    # "abc" is "ab" + "c" or "a" + "bc", both -4.
    tokenizer = unigram([("a", -2.0), ("b", -9.0), ("c", -2.0), ("ab", -2.0), ("bc", -2.0), ("abcd", -9.0)])
    before = tokenizer.encode("abc").tokens
    assert len(before) == 2
    smaller, _ = trimmed(tokenizer, ["abc"])
    assert smaller.encode("abc").tokens == before


def wordpiece(pieces):
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(["[UNK]", *pieces])}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def test_a_word_that_wordpiece_does_not_know_stays_unknown():
    # Of "abc" it takes "ab" and finds no "##c"; without "ab" it would find "a", "##bc".
    tokenizer = wordpiece(["a", "b", "c", "##b", "ab", "##bc"])
    assert tokenizer.encode("abc").tokens == ["[UNK]"]
    model = spec_of(tokenizer)["model"]
    assert list(failed_prefixes("abc", model)) == [5]
    assert list(failed_prefixes("ab", model)) == [5]
    assert list(failed_prefixes("xa", model)) == []
    kept = kept_tokens(spec_of(tokenizer), {0, *failed_prefixes("abc", model)})
    smaller = Tokenizer.from_str(json.dumps(trim_tokenizer(spec_of(tokenizer), kept)))
    assert smaller.encode("abc").tokens == ["[UNK]"]


def test_wordpiece_keeps_what_only_a_longer_piece_can_read():
    tokenizer = wordpiece(["a", "##b", "ab", "##ba", "##a"])
    # "##ba" is "##b", "##a"; of "ab" the same; all characters have pieces
    assert kept_tokens(spec_of(tokenizer), {0}) == [0, 1, 2, 5]
    tokenizer = wordpiece(["a", "##b", "ab", "##bz"])
    assert kept_tokens(spec_of(tokenizer), {0}) == [0, 1, 2, 4]  # no "##z"


@pytest.mark.parametrize("as_text", [False, True])
def test_bpe_keeps_what_a_token_is_merged_from(as_text):
    vocab = {piece: number for number, piece in enumerate(["a", "b", "c", "ab", "bc", "abc", "ca", "cab"])}
    merges = [("a", "b"), ("b", "c"), ("ab", "c"), ("c", "a"), ("ca", "b")]
    spec = spec_of(Tokenizer(models.BPE(vocab, merges)))
    if as_text:  # as older files have them
        spec["model"]["merges"] = [" ".join(merge) for merge in merges]
    kept = kept_tokens(spec, {5})
    assert kept == [0, 1, 2, 3, 5]
    new = trim_tokenizer(spec, kept)["model"]
    assert [merge.split(" ") if as_text else list(merge) for merge in new["merges"]] == [["a", "b"], ["ab", "c"]]
    assert new["vocab"] == {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4}


def test_bytes_stay():
    characters = [(character, -1.0) for character in "<0x412a>"]  # so bytes could be spelled, too
    pieces = [("<0x41>", -5.0), ("<0x42>", -5.0), *characters, ("aa", -1.0)]
    spec = spec_of(Tokenizer(models.Unigram([("<unk>", 0.0), *pieces], unk_id=0, byte_fallback=True)))
    assert kept_tokens(spec, set()) == list(range(11))


def test_the_unknown_token_keeps_its_part_where_its_number_changes():
    tokenizer = Tokenizer(models.Unigram([("aa", -1.0), ("a", -2.0), ("<unk>", 0.0)], unk_id=2, byte_fallback=False))
    smaller, kept = trimmed(tokenizer, ["a"])
    assert kept == [1, 2]
    assert smaller.encode("ba").tokens == ["b", "a"]
    assert smaller.encode("ba").ids == [1, 0]


def test_post_processors_of_bert_and_roberta_are_numbered_anew():
    spec = {
        "model": {"type": "WordPiece", "unk_token": "u", "vocab": {"u": 0, "xy": 1, "x": 2, "y": 3, "s": 4},
                  "continuing_subword_prefix": "##"},
        "added_tokens": [{"id": 4, "content": "s"}],
        "post_processor": {"type": "Sequence", "processors": [
            {"type": "BertProcessing", "sep": ["s", 4], "cls": ["u", 0]}, {"type": "ByteLevel", "trim_offsets": True}]},
    }  # fmt: skip
    spec["model"]["vocab"]["##y"] = 5
    assert kept_tokens(spec, set()) == [0, 2, 3, 4, 5]
    first, second = trim_tokenizer(spec, [0, 2, 3, 4, 5])["post_processor"]["processors"]
    assert (first["sep"], first["cls"]) == (["s", 3], ["u", 0])
    assert second == {"type": "ByteLevel", "trim_offsets": True}


def test_another_kind_is_refused():
    tokenizer = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(VocabularyError, match="a WordLevel tokenizer cannot be trimmed; those of Unigram"):
        kept_tokens(spec_of(tokenizer), set())

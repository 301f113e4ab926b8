"""Tiny translation models at random weights, one per family, as the Hugging Face Hub would hold them."""

import io
import json

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TEXTS = [
    "The lighthouse keeper lit the lamp at dusk and put it out at dawn.",
    "Which lamp was lit first?",
    "Bees keep the middle of the nest warm in winter by moving their muscles.",
    "Yes",
    "A long sentence that goes on and on, with commas, numbers such as 1875 and 12.5, and names like Anna.",
]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def _bpe():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(TEXTS * 3, trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL))
    parts = json.loads(tokenizer.to_str())["model"]
    return parts["vocab"], [tuple(merge) for merge in parts["merges"]]


def _unigram():
    """Return pieces with their scores, the same each time: the trainer of ``tokenizers`` gives others in every process."""
    import sentencepiece

    special = ["<pad>", "</s>", "<unk>", "<2es>", "<2iw>", "<2pt>"]
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 3), model_writer=trained, vocab_size=90, model_type="unigram", num_threads=1,
        hard_vocab_limit=False, bos_id=-1, eos_id=-1, minloglevel=2,
    )  # fmt: skip
    processor = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    pieces = {processor.id_to_piece(number): processor.get_score(number) for number in range(len(processor))}
    return [(one, 0.0) for one in special] + [(one, score) for one, score in pieces.items() if one not in special]


def _sentencepiece(folder, name):
    import sentencepiece

    text = folder / "text.txt"
    text.write_text("\n".join(TEXTS * 3), encoding="utf-8")
    prefix = folder / name
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(prefix), vocab_size=120, model_type="bpe", bos_id=-1, minloglevel=2
    )
    processor = sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model")
    return f"{prefix}.model", [processor.id_to_piece(number) for number in range(len(processor))]


def _random(model, louder_end):
    # Wide weights: at the usual ones a random model repeats one token whatever it reads.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1 and parameter.requires_grad:  # the positions of Marian are fixed
                parameter.normal_(0, 0.35)
        # Some translations are to end of themselves, some are not.
        model.get_output_embeddings().weight[model.config.eos_token_id] *= louder_end
    return model.eval()


def nllb(folder):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    vocab, merges = _bpe()
    tokenizer = NllbTokenizer(vocab=vocab, merges=merges, src_lang="eng_Latn")
    return _m2m100(
        folder, tokenizer, max(tokenizer.get_vocab().values()) + 1, M2M100Config, M2M100ForConditionalGeneration, 1.6
    )


def m2m100(folder):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    model, pieces = _sentencepiece(folder, "sentencepiece.bpe")
    vocab = {piece: number for number, piece in enumerate([*SPECIAL, *(p for p in pieces if p not in SPECIAL)])}
    (folder / "vocab.json").write_text(json.dumps(vocab), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), model, src_lang="en")
    # after the words a token for each language, then eight made-up words, as in the published models
    size = len(vocab) + len(tokenizer.lang_code_to_id) + 8
    return _m2m100(folder, tokenizer, size, M2M100Config, M2M100ForConditionalGeneration, 1.8)


def _m2m100(folder, tokenizer, vocab_size, config_class, model_class, louder_end):
    torch.manual_seed(4)
    config = config_class(
        vocab_size=vocab_size,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=600,
        decoder_start_token_id=2,
        scale_embedding=True,
    )
    model = _random(model_class(config), louder_end)
    with torch.no_grad():
        model.get_input_embeddings().weight[-8:] = 0  # made-up words, which the tokenizer cannot name, are never best
    return _save(folder, model, tokenizer)


def opus_mt(folder):
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    source, pieces = _sentencepiece(folder, "source")
    target, _ = _sentencepiece(folder, "target")
    special = ["</s>", "<unk>"]
    vocab = [*special, *(piece for piece in pieces if piece not in special), ">>spa<<", ">>por<<", "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({p: n for n, p in enumerate(vocab)}), encoding="utf-8")
    tokenizer = MarianTokenizer(source, target, str(folder / "vocab.json"))
    torch.manual_seed(4)
    pad = len(vocab) - 1
    config = MarianConfig(
        vocab_size=len(vocab),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
        scale_embedding=True,
        activation_function="swish",
    )
    model = _random(MarianMTModel(config), 4.0)
    with torch.no_grad():
        model.get_input_embeddings().weight[pad] = 0  # as in every Marian model; decoding begins with it
    model.generation_config.bad_words_ids = [[pad]]
    return _save(folder, model, tokenizer)


def madlad400(folder):
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    tokenizer = T5Tokenizer(vocab=_unigram(), extra_ids=0)
    tokenizer.add_tokens(["<2es>", "<2iw>", "<2pt>"])
    torch.manual_seed(4)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    return _save(folder, _random(T5ForConditionalGeneration(config), 2.0), tokenizer)


def _save(folder, model, tokenizer):
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model, tokenizer


FAMILIES = {"nllb": nllb, "m2m100": m2m100, "opus-mt": opus_mt, "madlad400": madlad400}

"""Encoders of the families that the workflow names, in their own architecture, tiny and with random weights."""

from pathlib import Path
from zlib import crc32

TEXTS = [
    "what is the highest mountain of the world? it is mount everest, in the himalaya.",
    "was ist der höchste berg der welt? der mount everest im himalaya.",
    "¿cuál es la montaña más alta del mundo? el monte everest, en el himalaya.",
    "какая гора самая высокая в мире? это эверест в гималаях.",
    "世界上最高的山是什么？是喜马拉雅山脉的珠穆朗玛峰。",
    "ما هو أعلى جبل في العالم؟ جبل إيفرست في الهيمالايا.",
]

# Family: (architecture, tokenizer, pooling, with a dense layer, normalised); pooling None is a bare transformers model.
FAMILIES = {
    "xlm-roberta": ("xlm-roberta", "unigram", None, False, False),
    "mbert": ("bert", "wordpiece", None, False, False),
    "e5-small": ("bert", "unigram", "mean", False, True),
    "e5-base": ("xlm-roberta", "unigram", "mean", False, True),
    "bge-m3": ("xlm-roberta", "unigram", "cls", False, True),
    "labse": ("bert", "wordpiece", "cls", True, True),
    "mmbert": ("modernbert", "bpe", "mean", False, False),
}


def write_family(folder: Path, family: str, first: tuple[str, ...] = ()) -> Path:
    """Write an encoder as its family is published: a transformers or a sentence-transformers directory.

    ``first`` are pieces with low scores that stand before the special tokens of a Unigram tokenizer.
    """
    import torch
    from transformers import AutoModel

    architecture, kind, pooling, dense, normalized = FAMILIES[family]
    tokenizer = fast_tokenizer(kind, first)
    torch.manual_seed(0)
    bare = folder if pooling is None else folder.with_name(f"{folder.name}-transformer")
    AutoModel.from_config(tiny_config(architecture, tokenizer)).save_pretrained(bare)
    tokenizer.save_pretrained(bare)
    if pooling is not None:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

        modules = [Transformer(str(bare)), Pooling(16, pooling_mode=pooling)]
        modules += [Dense(in_features=16, out_features=16)] if dense else []  # tanh, as LaBSE's
        modules += [Normalize()] if normalized else []
        prompts = {"query": "query: ", "document": "passage: "} if family.startswith("e5") else {}
        SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder))
    return folder


def tiny_config(architecture, tokenizer):
    """Return a configuration of the real class, with the family's own positions and padding."""
    from transformers import BertConfig, ModernBertConfig, XLMRobertaConfig

    shared = {
        "vocab_size": len(tokenizer),
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if architecture == "xlm-roberta":
        return XLMRobertaConfig(**shared, max_position_embeddings=130, type_vocab_size=1)
    if architecture == "modernbert":
        ends = {"cls_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id}
        ends |= {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
        return ModernBertConfig(**shared, **ends, max_position_embeddings=128, attn_implementation="eager")
    return BertConfig(**shared, max_position_embeddings=128)


def fast_tokenizer(kind: str, first: tuple[str, ...] = ()):
    """Return a tokenizer of a kind for a few texts, in many pieces; special tokens stand where the family has them."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    if kind == "wordpiece":
        tokens = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(
            vocab_size=420, special_tokens=list(tokens.values()), show_progress=False, continuing_subword_prefix="##"
        )
        tokenizer.train_from_iterator(TEXTS, trainer)
    else:
        tokens = {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>"}
        special = list(tokens.values())
        if kind == "unigram":
            vocabulary = [(piece, -50.0) for piece in first] + [(token, 0.0) for token in special] + unigram_pieces()
            tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=len(first) + 3, byte_fallback=False))
            tokenizer.normalizer = normalizers.NFKC()
            tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
            tokenizer.add_special_tokens(special)
        else:
            tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            tokenizer.decoder = decoders.ByteLevel()
            alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
            trainer = trainers.BpeTrainer(
                vocab_size=420, special_tokens=special, initial_alphabet=alphabet, show_progress=False
            )
            tokenizer.train_from_iterator(TEXTS, trainer)
    if "mask" not in tokens:  # added after the vocabulary, as XLM-R's
        tokens["mask"] = "<mask>"
        tokenizer.add_special_tokens(["<mask>"])
    _put_ends(tokenizer, tokens["cls"], tokens["sep"])
    names = {f"{name}_token": token for name, token in tokens.items()}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, **names)


def unigram_pieces() -> list[tuple[str, float]]:
    """Return all runs of up to four characters of the words, and the words, with scores that follow from them."""
    words = sorted({f"▁{word}" for text in TEXTS for word in text.split()})
    runs = {word[start : start + size] for word in words for size in (1, 2, 3, 4) for start in range(len(word))}
    scores = {piece: -4.0 - 2 * (len(piece) == 1) - crc32(piece.encode()) % 97 / 20 for piece in runs | set(words)}
    return sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))


def _put_ends(tokenizer, first: str, last: str) -> None:
    from tokenizers import processors

    ends = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}", special_tokens=ends
    )

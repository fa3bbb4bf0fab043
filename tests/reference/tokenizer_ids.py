"""Writes small tokenizers, and the ids that Python's tokenizers give of some texts (README.md)."""

import json
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).parent
TEXTS = [
    "the",
    "  <s>  the",
    "the <s>",
    "a<s>b",
    "<mask>the <mask> the<mask>",
    "The THE <MASK>",
    "",
    " ",
    "the\n\nthe  the",
    "it's 42, isn't it?",
    "é e\u0301 ﬁ",
    "🙂",
    "éthe ét étth",
    "</s>the<s></s>",
    "word<new>word <new> word",
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def added(id, content, **options):
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": id, "content": content, **plain, **options}


def bpe(merges=(("t", "h"), ("th", "e"), ("é", "t")), extra=(), as_strings=False, **options):
    signs = [*LETTERS, " ", ".", ",", "▁", "T", "H", "E", "'", "4", "2", "?", "\n", "é", "\u0301", *extra]
    words = ["<unk>", "<s>", "</s>", *signs]
    words += [a + b for a, b in merges if a + b not in words]
    return {
        "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
        "vocab": {word: i for i, word in enumerate(words)},
        "merges": [f"{a} {b}" if as_strings else [a, b] for a, b in merges],
        **options,
    }  # fmt: skip


def byte_level():
    alphabet = sorted(__import__("tokenizers").pre_tokenizers.ByteLevel.alphabet())
    return bpe(merges=(("t", "h"), ("th", "e"), ("Ġ", "the")), extra=[sign for sign in alphabet if sign not in LETTERS + ".,'42?THEé"], unk_token=None)


def file(model, tokens=(), **parts):
    size = len(model["vocab"])
    specials = [added(0, "<unk>"), added(1, "<s>"), added(2, "</s>")]
    known = {token["content"]: token for token in specials}
    for content, options in tokens:
        known[content] = added(known[content]["id"], content, **options) if content in known else added(size, content, **options)
        size += content not in model["vocab"]
    none = {key: None for key in ["truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"]}
    return {"version": "1.0", **none, "added_tokens": list(known.values()), "model": model, **parts}


METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
}
STRIPS = {"lstrip": True, "rstrip": True}

FILES = {
    "merges-as-pairs": file(bpe()),
    "merges-as-strings": file(bpe(as_strings=True)),
    "strips-both": file(bpe(), [("<s>", STRIPS)]),
    "strips-left": file(bpe(), [("<s>", {"lstrip": True}), ("<mask>", {"lstrip": True})]),
    "strips-right": file(bpe(), [("<s>", {"rstrip": True}), ("<mask>", {"rstrip": True})]),
    "single-word": file(bpe(), [("<new>", {"single_word": True, "special": False})]),
    "normalized": file(bpe(), [("<mask>", {"normalized": True, "special": False})], normalizer={"type": "Lowercase"}),
    "lowercase": file(bpe(), [("<mask>", {})], normalizer={"type": "Lowercase"}),
    "nfc": file(bpe(), normalizer={"type": "NFC"}),
    "nfkc": file(bpe(), normalizer={"type": "NFKC"}),
    "template": file(bpe(), post_processor=TEMPLATE),
    "metaspace": file(bpe(), pre_tokenizer=METASPACE, post_processor=TEMPLATE),
    "metaspace-first": file(bpe(), [("<mask>", STRIPS)], pre_tokenizer={**METASPACE, "prepend_scheme": "first"}),
    "metaspace-never": file(bpe(), pre_tokenizer={**METASPACE, "prepend_scheme": "never"}),
    "metaspace-whole": file(bpe(), pre_tokenizer={**METASPACE, "prepend_scheme": "first", "split": False}),
    "llama-2": file(
        bpe(extra=[f"<0x{byte:02X}>" for byte in range(256)], byte_fallback=True, fuse_unk=True),
        normalizer={"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        post_processor=TEMPLATE,
    ),  # fmt: skip
    "fused-unknowns": file(bpe(fuse_unk=True)),
    "byte-level": file(byte_level(), [("<mask>", {"lstrip": True})], pre_tokenizer=BYTES, post_processor=TEMPLATE),
    "byte-level-prefix": file(byte_level(), pre_tokenizer={**BYTES, "add_prefix_space": True}),
    "llama-3": file(
        byte_level() | {"ignore_merges": True},
        [("<new>", {"special": False})],
        pre_tokenizer={"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
             "behavior": "Isolated", "invert": False},
            {**BYTES, "use_regex": False}]},
        post_processor={"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}, TEMPLATE]},
    ),  # fmt: skip
    "byte-level-special-pieces": file(
        byte_level(),
        [("<new>", {"special": False, "lstrip": True})],
        pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTES]},
    ),
    "suffix": file(bpe(merges=(("t", "h"), ("th", "e</w>")), extra=[f"{sign}</w>" for sign in LETTERS], end_of_word_suffix="</w>"), pre_tokenizer={"type": "WhitespaceSplit"}),
    **{
        f"split-{behavior}": file(bpe(), pre_tokenizer={"type": "Split", "pattern": {"Regex": "\\s"}, "behavior": behavior, "invert": False})
        for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    },
    "split-inverted": file(bpe(), pre_tokenizer={"type": "Split", "pattern": {"Regex": "\\w+"}, "behavior": "Removed", "invert": True}),
    "split-string": file(bpe(), pre_tokenizer={"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}),
    "punctuation": file(bpe(), pre_tokenizer={"type": "Punctuation", "behavior": "Isolated"}),
    **{f"normalizer-{kind}": file(bpe(), normalizer={"type": kind}) for kind in ["NFD", "NFKD", "StripAccents"]},
    "normalizer-strip": file(bpe(), normalizer={"type": "Strip", "strip_left": True, "strip_right": True}),
    "normalizer-replace": file(bpe(), normalizer={"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}),
    "wordpiece": file(
        {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
         "vocab": {word: i for i, word in enumerate(["<unk>", "<s>", "</s>", "the", "it", "'", "s", "##t", "t", "is", "##n", ",", "42"])}},
        normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        pre_tokenizer={"type": "BertPreTokenizer"},
    ),
    "digits": file(bpe(), pre_tokenizer={"type": "Digits", "individual_digits": True}),
    "whitespace": file(bpe(), pre_tokenizer={"type": "Whitespace"}),
    "whitespace-split": file(bpe(), pre_tokenizer={"type": "WhitespaceSplit"}),
    "word-level": file({"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "the": 3, "it": 4}}, pre_tokenizer={"type": "Whitespace"}),
    "unigram": file({"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0], ["▁the", -1.0], ["the", -2.0], ["▁", -2.5], *[[sign, -4.0] for sign in "thes"]]}, pre_tokenizer=METASPACE),
}  # fmt: skip


def main() -> None:
    expected = {}
    for name, content in FILES.items():
        read = Tokenizer.from_str(json.dumps(content))
        of = lambda text, special: read.encode(text, add_special_tokens=special).ids
        expected[name] = {"tokenizer": content, "texts": [[text, of(text, True), of(text, False)] for text in TEXTS]}
    (HERE / "tokenizers.json").write_text(json.dumps(expected, ensure_ascii=True) + "\n")


main()

"""How Python's tokenizers split texts by the pre-tokenizers that GGUF files name (README.md)."""

import json
from pathlib import Path

from tokenizers import Regex
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split

TEXTS = [
    "Hello, world! It's 12345 + 678.9 DON'T we'll",
    "  two  spaces\tand a tab \n\n and lines\r\n  ",
    "naïve café 你好 🙂 Ⅻ ½ ٣٤٥ e\u0301",
    "$5 <b>x=y</b> ~a|b^c... (what?!) 'tis 's 'S",
    "a1b22c333d4444e",
    "\u00a0nbsp\u3000wide\n\n\n",
    "snake_case camelCase https://example.org/?q=1&r=2",
]
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def split(pattern):
    return Split(Regex(pattern), "isolated")


letters = ByteLevel(add_prefix_space=False, use_regex=False)
STEPS = {
    "gpt-2": ByteLevel(add_prefix_space=False, use_regex=True),
    "smollm": Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]),
    "llama-bpe": Sequence([split(GPT4 % r"\p{N}{1,3}"), letters]),
    "qwen2": Sequence([split(GPT4 % r"\p{N}"), letters]),
    # llama.cpp's own four patterns, one after another.
    "default": Sequence(
        [split(r"[\p{P}\$\+<=>\^~\|]+"), split(GPT2.removesuffix(r"|\s+")), split(r"\p{N}+"), split("[0-9][0-9][0-9]"), letters]
    ),
}
written = {
    name: [{"text": text, "pieces": [piece for piece, _ in steps.pre_tokenize_str(text)]} for text in TEXTS]
    for name, steps in STEPS.items()
}
path = Path(__file__).parent / "gguf-splits.json"
path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")

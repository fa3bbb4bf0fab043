"""Writes tiny random Llamas as transformers saves them, and what transformers computes of them (README.md)."""

import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

torch.set_num_threads(1)
HERE = Path(__file__).parent / "models"
WORDS = 128
SIZES = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
    # Large enough that every part of the computation shows in the logits.
    "initializer_range": 0.25,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}

# What is changed of the sizes, how it is saved, and what is changed of the config.json that was written.
LAYOUTS = {
    "f32": {},
    "bf16": {"dtype": torch.bfloat16},
    "f16-untied": {"config": {"tie_word_embeddings": False}, "dtype": torch.float16},
    "shards": {"config": {"tie_word_embeddings": False}, "dtype": torch.bfloat16, "shard": "20KB"},
    "every-head-its-keys": {"config": {"num_key_value_heads": 4, "head_dim": 8}, "dtype": torch.bfloat16},
    "theta": {"config": {"rope_parameters": {"rope_type": "default", "rope_theta": 500.0}}, "dtype": torch.bfloat16},
    "linear": {"config": {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}}, "dtype": torch.bfloat16},
    "llama3": {"config": {"rope_parameters": {**LLAMA3, "rope_theta": 500.0}}, "dtype": torch.bfloat16},
    # As transformers 4 wrote it.
    "llama3-of-version-4": {
        "config": {"rope_parameters": {**LLAMA3, "rope_theta": 500.0}},
        "dtype": torch.bfloat16,
        "json": {"rope_parameters": ..., "dtype": ..., "rope_theta": 500.0, "rope_scaling": LLAMA3, "torch_dtype": "bfloat16"},
    },
    "defaults-left-out": {
        "config": {"rms_norm_eps": 1e-6, "max_position_embeddings": 2048, "tie_word_embeddings": False},
        "dtype": torch.bfloat16,
        "json": {
            key: ...
            for key in [
                "rms_norm_eps", "max_position_embeddings", "tie_word_embeddings", "rope_parameters", "hidden_act", "head_dim",
                "attention_bias", "attention_dropout", "mlp_bias", "pretraining_tp", "use_cache", "dtype", "initializer_range",
                "transformers_version", "eos_token_id", "bos_token_id", "pad_token_id",
            ]
        },
    },
    "several-ends": {"config": {"eos_token_id": [2, 12]}, "dtype": torch.bfloat16, "ends": [2, 16]},
    "padded": {"config": {"vocab_size": 160, "tie_word_embeddings": False}, "dtype": torch.bfloat16},
    # Says that the head is tied, and has one of its own.
    "tied-with-a-head": {"config": {"tie_word_embeddings": False}, "dtype": torch.bfloat16, "json": {"tie_word_embeddings": True}},
    # Says that it is not, and has only the head.
    "tied-by-the-head": {"dtype": torch.bfloat16, "rename": ("model.embed_tokens.weight", "lm_head.weight")},
    # Says that it is not tied, and has no head: transformers begins with a random one.
    "no-head": {"dtype": torch.bfloat16, "json": {"tie_word_embeddings": False}},
}


def tokenizer() -> PreTrainedTokenizerFast:
    """Characters, some pairs of them, and <s> before every text."""
    signs = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'-:;\n"
    words = ["<unk>", "<s>", "</s>", *signs]
    merges = []
    for pair in "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur wh ow us".split():
        if len(words) < WORDS:
            words.append(pair)
            merges.append((pair[0], pair[1]))
    assert len(set(words)) == WORDS
    made = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges, unk_token="<unk>", fuse_unk=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def edit(file: Path, changes: dict) -> None:
    content = json.loads(file.read_text())
    for key, value in changes.items():
        content.pop(key, None) if value is ... else content.update({key: value})
    file.write_text(json.dumps(content, indent=2))


def rename_tensor(folder: Path, old: str, new: str) -> None:
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    tensors = load_file(file)
    tensors[new] = tensors.pop(old)
    save_file(tensors, file, {"format": "pt"})


def numbers(values: torch.Tensor) -> list[float]:
    return [float(f"{value:.6g}") for value in values.flatten().tolist()]


class Unclear(Exception):
    """Two words are nearly as good as each other, or no id of the padding is ever the likeliest."""


def write(name: str, seed: int, config={}, dtype=torch.float32, shard="1GB", json={}, ends=None, rename=None) -> dict:
    folder = HERE / name
    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig(**{**SIZES, **config})).to(dtype)
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if "norm" in key:
                weight += 0.1 * torch.randn(weight.shape)
    if ends:
        model.generation_config.eos_token_id = ends
    model.save_pretrained(folder, max_shard_size=shard)
    words = tokenizer()
    words.save_pretrained(folder)
    if json:
        edit(folder / "config.json", json)
    if rename:
        rename_tensor(folder, *rename)

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    read = model.config
    rotary = LlamaRotaryEmbedding(read)
    expected = {
        "config": {
            key: getattr(read, key)
            for key in ["tie_word_embeddings", "num_key_value_heads", "head_dim", "rms_norm_eps", "max_position_embeddings"]
        },
        "inv_freq": numbers(rotary.inv_freq),
        "tied": model.lm_head.weight is model.model.embed_tokens.weight,
    }
    if name == "no-head":
        return expected

    # The union of what both files say, as a list: transformers' generate() looks at generation_config.json alone.
    of = lambda ids: ids if isinstance(ids, list) else [ids]
    stops = sorted({*of(read.eos_token_id), *of(model.generation_config.eos_token_id)})
    expected["end_tokens"] = stops
    padding = list(range(len(words), read.vocab_size))
    texts = ["The cat", "and then it is not", "Where are the others?"]
    expected["texts"] = []
    beyond = 0
    for text in texts:
        ids = words(text, return_tensors="pt").input_ids
        made = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=16,
            eos_token_id=stops,
            pad_token_id=0,
            suppress_tokens=padding or None,
        )[0]
        with torch.no_grad():
            logits = model(made[None]).logits[0].double()
        spoken = logits[:, : len(words)]
        beyond += int((logits.argmax(-1) >= len(words)).sum())
        margin = (spoken.topk(2).values @ torch.tensor([1.0, -1.0], dtype=torch.float64))[ids.shape[1] - 1 : -1].min()
        if margin < 4e-3:
            raise Unclear
        logprobs = logits.log_softmax(-1)[:-1].gather(-1, made[1:, None])
        expected["texts"].append(
            {
                "text": text,
                "prompt_ids": ids[0].tolist(),
                "ids": made.tolist(),
                "token_logprobs": numbers(logprobs),
                "last_logits": numbers(logits[-1]),
            }
        )
    if padding and beyond == 0:
        raise Unclear
    return expected


def first_clear(name: str, layout: dict) -> dict:
    """What is expected of the first seed that is clear."""
    for seed in range(1, 100):
        shutil.rmtree(HERE / name, ignore_errors=True)
        try:
            return write(name, seed, **layout)
        except Unclear:
            continue
    raise SystemExit(f"{name}: no seed is clear")


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    expected = {name: first_clear(name, layout) for name, layout in LAYOUTS.items()}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()

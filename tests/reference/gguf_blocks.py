"""Blocks of every quantisation that is read, with the values that the gguf package gives them (README.md)."""

import base64
import json
import pathlib

import gguf
import numpy as np

TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
VALUES = 512
# Where the scales of a block stand, as halves: any bits elsewhere are codes.
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def blocks(name: str, random: np.random.Generator) -> np.ndarray:
    values, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    if values == 1:
        floats = random.normal(0, 1, VALUES).astype(np.float32)
        floats[:6] = [0, -0.0, 1e-6, -6e4, 6e-8, 1 / 3]
        if name == "F32":
            return floats.view(np.uint8)
        # The upper half of a float is a BF16.
        return floats.astype(np.float16).view(np.uint8) if name == "F16" else (floats.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    count = VALUES // values
    made = random.integers(0, 256, (count, size), dtype=np.uint8)
    for at in HALVES[name]:
        scales = random.normal(0, 0.02, count).astype(np.float16)
        # Subnormal, zero, negative zero, the largest.
        scales[:2] = [6e-8, 65504] if count == 2 else [6e-8, -0.0]
        made[:, at : at + 2] = scales.view(np.uint8).reshape(count, 2)
    return made.reshape(-1)


def text(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


random = np.random.default_rng(1)
written = {}
for name in TYPES:
    data = blocks(name, random)
    values = gguf.dequantize(data if name != "F32" else data.view(np.float32), gguf.GGMLQuantizationType[name])
    values = np.ascontiguousarray(values, dtype=np.float32).reshape(-1)
    assert len(values) == VALUES and np.isfinite(values).all()
    written[name] = {"blocks": text(data), "values": text(values)}
path = pathlib.Path(__file__).parent / "gguf-blocks.json"
path.write_text(json.dumps(written, indent=1) + "\n")

#!/usr/bin/env python3
"""Makes a randomly initialised checkpoint of a real decoder's shape in bf16, 14 to 19 GB, to see how a real size behaves.

Usage: make-large-checkpoint.py FAMILY FOLDER [LAYERS]     (needs numpy, torch and transformers)
Families: llama (3-8B), qwen2 (2-7B), qwen3 (8B), olmo (7B), olmo2 (2-7B), gemma2 (9B), molmo2 (8B)
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM

SHAPES = {
    "llama": dict(hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8, num_hidden_layers=32, vocab_size=128256, rms_norm_eps=1e-5),
    "qwen2": dict(hidden_size=3584, intermediate_size=18944, num_attention_heads=28, num_key_value_heads=4, num_hidden_layers=28, vocab_size=152064, rms_norm_eps=1e-6),
    "qwen3": dict(hidden_size=4096, intermediate_size=12288, num_attention_heads=32, num_key_value_heads=8, num_hidden_layers=36, vocab_size=151936, head_dim=128, rms_norm_eps=1e-6),
    "olmo": dict(hidden_size=4096, intermediate_size=11008, num_attention_heads=32, num_key_value_heads=32, num_hidden_layers=32, vocab_size=50304),
    "olmo2": dict(hidden_size=4096, intermediate_size=11008, num_attention_heads=32, num_key_value_heads=32, num_hidden_layers=32, vocab_size=100352, rms_norm_eps=1e-6),
    "gemma2": dict(hidden_size=3584, intermediate_size=14336, num_attention_heads=16, num_key_value_heads=8, num_hidden_layers=42, vocab_size=256000, head_dim=256, query_pre_attn_scalar=256),
    "molmo2": dict(hidden_size=4096, intermediate_size=12288, num_attention_heads=32, num_key_value_heads=8, num_hidden_layers=36, vocab_size=151936, head_dim=128, rms_norm_eps=1e-6),
}


def molmo2(shape):
    """The fused projections that its publisher stores."""
    d, inner, head, heads, kv = (shape[key] for key in ("hidden_size", "intermediate_size", "head_dim", "num_attention_heads", "num_key_value_heads"))
    yield "transformer.wte.embedding", [shape["vocab_size"], d]
    for i in range(shape["num_hidden_layers"]):
        block = f"transformer.blocks.{i}."
        yield from ((block + "self_attn.att_proj.weight", [(heads + 2 * kv) * head, d]), (block + "self_attn.attn_out.weight", [d, heads * head]))
        yield from ((block + "self_attn.q_norm.weight", [head]), (block + "self_attn.k_norm.weight", [head]))
        yield from ((block + "mlp.ff_proj.weight", [2 * inner, d]), (block + "mlp.ff_out.weight", [d, inner]))
        yield from ((block + "attn_norm.weight", [d]), (block + "ff_norm.weight", [d]))
    yield from (("transformer.ln_f.weight", [d]), ("lm_head.weight", [shape["vocab_size"], d]))


def tensors(family, shape):
    """The configuration, and each tensor's name and shape."""
    if family == "molmo2":
        return {"model_type": "molmo2_text", "rope_theta": 1e6} | shape, list(molmo2(shape))
    config = AutoConfig.for_model(family, **shape)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    return config.to_dict(), [(name, list(value.shape)) for name, value in model.state_dict().items() if name not in tied]


def main(family, folder, layers=None):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shape = SHAPES[family] | ({"num_hidden_layers": int(layers)} if layers else {})
    config, names = tensors(family, shape)
    (folder / "config.json").write_text(json.dumps(config, indent=2, default=str))
    header, offset = {}, 0
    for name, size in names:
        length = 2 * int(np.prod(size))
        header[name] = {"dtype": "BF16", "shape": size, "data_offsets": [offset, offset + length]}
        offset += length
    text = json.dumps(header).encode()
    block = (np.random.default_rng(0).normal(0, 0.02, 1 << 25).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        left = offset
        while left:
            file.write(block[:left])
            left -= min(left, len(block))
    ids = np.random.default_rng(1).integers(0, shape["vocab_size"], 64)
    entry = json.dumps({"token_ids": {"dtype": "I64", "shape": [64], "data_offsets": [0, 512]}}).encode()
    (folder / "inputs.safetensors").write_bytes(struct.pack("<Q", len(entry)) + entry + ids.astype("<i8").tobytes())


main(*sys.argv[1:])

#!/usr/bin/env python3
"""Makes a randomly initialised checkpoint of LLaMA-3-8B's shape in bf16: 16 GB, to see how a real size behaves.

Usage: make-large-checkpoint.py FOLDER [LAYERS]     (needs numpy)
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

HIDDEN, INNER, HEADS, KV, VOCABULARY = 4096, 14336, 32, 8, 128256


def tensors(layers):
    yield "model.embed_tokens.weight", [VOCABULARY, HIDDEN]
    for i in range(layers):
        p = f"model.layers.{i}."
        yield p + "input_layernorm.weight", [HIDDEN]
        yield p + "self_attn.q_proj.weight", [HIDDEN, HIDDEN]
        yield p + "self_attn.k_proj.weight", [HIDDEN * KV // HEADS, HIDDEN]
        yield p + "self_attn.v_proj.weight", [HIDDEN * KV // HEADS, HIDDEN]
        yield p + "self_attn.o_proj.weight", [HIDDEN, HIDDEN]
        yield p + "post_attention_layernorm.weight", [HIDDEN]
        yield p + "mlp.gate_proj.weight", [INNER, HIDDEN]
        yield p + "mlp.up_proj.weight", [INNER, HIDDEN]
        yield p + "mlp.down_proj.weight", [HIDDEN, INNER]
    yield "model.norm.weight", [HIDDEN]
    yield "lm_head.weight", [VOCABULARY, HIDDEN]


def main(folder, layers=32):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": INNER, "num_attention_heads": HEADS, "num_key_value_heads": KV, "num_hidden_layers": layers,
              "vocab_size": VOCABULARY, "rope_theta": 500000.0, "rms_norm_eps": 1e-5, "max_position_embeddings": 8192, "torch_dtype": "bfloat16", "tie_word_embeddings": False}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    header, offset = {}, 0
    for name, shape in tensors(layers):
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    block = (np.random.default_rng(0).normal(0, 0.02, 1 << 25).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        left = offset
        while left:
            file.write(block[:left])
            left -= min(left, len(block))
    ids = np.random.default_rng(1).integers(0, VOCABULARY, 64)
    entry = json.dumps({"token_ids": {"dtype": "I64", "shape": [64], "data_offsets": [0, 512]}}).encode()
    (folder / "inputs.safetensors").write_bytes(struct.pack("<Q", len(entry)) + entry + ids.astype("<i8").tobytes())


main(sys.argv[1], *map(int, sys.argv[2:]))

"""Makes the fixtures of KernelsTests beside this script, from torch and transformers.

Run it with a Python that has both; `VERSIONS.txt` records which ones were used. Each line of a
fixture is a name and then its numbers, row by row.
"""

import math
import pathlib

import torch
import transformers
from transformers.activations import ACT2FN
from transformers.models.llama.modeling_llama import (
    LlamaConfig,
    LlamaRMSNorm,
    LlamaRotaryEmbedding,
    apply_rotary_pos_emb,
)

here = pathlib.Path(__file__).parent
generator = torch.Generator().manual_seed(1)


def random(*shape):
    # Few digits, so that the text stands for exactly these floats.
    return (torch.randn(*shape, generator=generator) * 1000).round() / 1000


def write(name, tensors):
    lines = [
        key + " " + " ".join(f"{v:.9g}" for v in tensor.flatten().tolist())
        for key, tensor in tensors.items()
    ]
    (here / f"{name}.txt").write_text("\n".join(lines) + "\n")


def rope():
    variants = {
        "default": {"rope_type": "default"},
        "linear": {"rope_type": "linear", "factor": 4.0},
        "llama3": {
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 256,
        },
        "dynamic": {"rope_type": "dynamic", "factor": 2.0},
        "yarn": {
            "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256,
        },
        "yarn_mscale": {
            "rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 256,
            "mscale": 0.707, "mscale_all_dim": 1.0, "beta_fast": 16, "beta_slow": 2,
            "truncate": False,
        },
        "yarn_attention": {
            "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256,
            "attention_factor": 1.5,
        },
    }
    heads, width, rows = 2, 48, 5
    x = random(1, heads, rows, width)
    tensors = {"x": x[0].transpose(0, 1)}
    for name, parameters in variants.items():
        for start in (0, 1000):
            config = LlamaConfig(
                hidden_size=heads * width, num_attention_heads=heads, max_position_embeddings=256,
                rope_parameters={"rope_theta": 10000.0, **parameters},
            )
            positions = torch.arange(start, start + rows)[None]
            cosine, sine = LlamaRotaryEmbedding(config)(x, positions)
            rotated, _ = apply_rotary_pos_emb(x, x, cosine, sine)
            tensors[f"{name}@{start}"] = rotated[0].transpose(0, 1)
    write("rope", tensors)


def activations():
    x = torch.cat([torch.linspace(-12, 12, 193), torch.tensor([-100.0, -50, 50, 100, 1e-4, 0])])
    names = [
        "silu", "gelu", "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "quick_gelu", "relu",
        "sigmoid", "tanh", "linear",
    ]
    write("activations", {"x": x} | {name: ACT2FN[name](x) for name in names})


def norms():
    rows, width = 3, 37
    x, weight, bias = random(rows, width) * 5 + 1, random(width), random(width)
    rms = LlamaRMSNorm(width, eps=1e-5)
    rms.weight.data = weight
    write("norms", {
        "x": x, "weight": weight, "bias": bias,
        "rms": rms(x).detach(),
        "layer": torch.nn.functional.layer_norm(x, (width,), weight, bias, 1e-5),
        "plain": torch.nn.functional.layer_norm(x, (width,), None, None, 1e-5),
    })


def attention():
    heads, groups, width, rows = 4, 2, 12, 9
    q, k, v = random(heads, rows, width), random(groups, rows, width), random(groups, rows, width)
    shared_k, shared_v = (t.repeat_interleave(heads // groups, 0) for t in (k, v))
    distance = torch.arange(rows)[:, None] - torch.arange(rows)[None]

    def attend(visible, cap=None):
        scores = q @ shared_k.transpose(1, 2) / math.sqrt(width)
        if cap:
            scores = cap * torch.tanh(scores / cap)
        scores = scores.masked_fill(~visible, -math.inf)
        return (scores.softmax(-1) @ shared_v).transpose(0, 1)

    write("attention", {
        "q": q.transpose(0, 1), "k": k.transpose(0, 1), "v": v.transpose(0, 1),
        "full": torch.nn.functional.scaled_dot_product_attention(
            q, shared_k, shared_v).transpose(0, 1),
        "causal": torch.nn.functional.scaled_dot_product_attention(
            q, shared_k, shared_v, is_causal=True).transpose(0, 1),
        "window": attend((distance >= 0) & (distance < 4)),
        "cap": attend(distance >= 0, cap=0.5),
    })


def storage():
    every = torch.arange(256, dtype=torch.uint8)
    values = random(64) * 10 ** torch.linspace(-8, 5, 64)
    write("storage", {
        "f8e4m3": every.view(torch.float8_e4m3fn).float(),
        "f8e5m2": every.view(torch.float8_e5m2).float(),
        "values": values,
        "f16": values.half().view(torch.uint16).int(),
        "bf16": values.bfloat16().view(torch.uint16).int(),
    })


def convolution():
    channels, patch, width, height, columns = 3, 4, 5, 11, 14
    pixels = random(channels, height, columns)
    weight, bias = random(width, channels, patch, patch), random(width)
    out = torch.nn.functional.conv2d(pixels[None], weight, bias, stride=patch)[0]
    write("patches", {
        "pixels": pixels, "weight": weight, "bias": bias,
        "out": out.permute(1, 2, 0),
    })


for make in (rope, activations, norms, attention, storage, convolution):
    make()
(here / "VERSIONS.txt").write_text(
    f"torch {torch.__version__}\ntransformers {transformers.__version__}\n")

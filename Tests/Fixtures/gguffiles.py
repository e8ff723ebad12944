"""Files of GGUF: every kind of block, whole models, every kind of metadata, honest variants, and hostile ones.

Blocks are made and read by the `gguf` package, which is llama.cpp's own: what `gguf.quants.dequantize` gives is expected, bit for bit. Whole models are
checkpoints of `parity/` under the names and keys that llama.cpp's converter gives them; their states are those of `parity/`, or stand beside them.

Facts, from the package's constants and llama.cpp's `conversion/` (`base.py`, `llama.py`, `qwen.py`, `olmo.py`, `gemma.py`, `granite.py`):

- Header: `GGUF`, version (u32: 2 and 3 have the same layout, 1 has u32 lengths), number of tensors and of keys (u64), keys (name, type u32, value),
  tensors (name, number of dimensions u32, dimensions u64 with the fastest first, type u32, offset u64 from the start of the data), then padding to a
  multiple of `general.alignment` (32 where absent), where the data starts. Offsets are multiples of it, too. Strings are u64 lengths and UTF-8; an array is
  the type of its elements (u32), their number (u64) and the elements. The package writes big endian where asked, and nothing but the number of the
  version tells (0x03000000).
- Rows of a matrix are rows here, too: a [out, in] weight has dimensions (in, out). Blocks lie along a row, whose length is a multiple of a block's.
- LLaMA, OLMo and Granite: the rows of query and key (and their biases) are reordered, head by head: [2, half] became [half, 2]. Row i of the first half
  and row i of the second half of a head lie beside each other. Qwen 2, Qwen 3, OLMo 2 and Gemma 2 are as in the checkpoint.
- Gemma 2: one is added to all norms' weights. `query_pre_attn_scalar` is not stored: it is the head's width, and for 27B alone hidden / heads. Neither are
  kinds of blocks: every other one slides, the first among them. `rope.freq_base` is not stored either (10000).
- A head that is the table (`tie_word_embeddings`) is not stored: there is no `output.weight`.
- LLaMA 3's scaling is a tensor, `rope_freqs.weight` [head width / 2] in f32, by which the frequencies are divided. `linear` and `yarn` are keys:
  `rope.scaling.type`, `.factor`, `.original_context_length`, and where the configuration has them `.yarn_attn_factor`, `.yarn_beta_fast`, `.yarn_beta_slow`.
- `ARCH.attention.key_length` and `value_length` are there where config.json has head_dim; for LLaMA `rope.dimension_count` says it, too.
- Vectors are f32 whatever the type of the matrices (`general.file_type`).
- Granite: `granite.attention.scale`, `.embedding_scale`, `.residual_scale`, `.logit_scale` are its four factors (logits are divided). OLMo: `olmo.attention.clamp_kqv`,
  `.attention.layer_norm_epsilon`, no norms' tensors.

Usage: python gguffiles.py
"""

import importlib.metadata
import json
import math
import shutil
import struct
import tempfile
from pathlib import Path

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFReader, GGUFWriter, LlamaFileType
from gguf.quants import dequantize, quantize
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoTokenizer, Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM, OlmoConfig, OlmoForCausalLM, Qwen2ForCausalLM

from common import HERE, Capture, roughen, versions, write, write_json
from parity import TINY, tokens

FOLDER = HERE / "gguf"
DEMO = HERE.parent.parent / "models" / "demo"


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def array(tensor):
    return numpy.ascontiguousarray(tensor.detach().float().numpy())


# Blocks

MADE = [Kind.F32, Kind.F16, Kind.BF16, Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q5_1, Kind.Q8_0]
# The package reads these and cannot make them. Where each has its scales in f16, in bytes of a block.
RANDOM = {Kind.Q2_K: [80, 82], Kind.Q3_K: [108], Kind.Q4_K: [0, 2], Kind.Q5_K: [0, 2], Kind.Q6_K: [208]}
# What nobody here has to read: to be refused by name.
OTHERS = {Kind.IQ4_NL: [0], Kind.IQ4_XS: [0], Kind.IQ2_XXS: [0], Kind.IQ3_S: [0], Kind.TQ1_0: [52], Kind.TQ2_0: [64]}


def scales(kind, blocks, places, values):
    """Puts f16 values where a block has its scales."""
    for place, value in zip(places, values):
        blocks[:, place : place + 2] = numpy.asarray(value, numpy.float16).reshape(-1, 1).view(numpy.uint8)
    return blocks


def random_blocks(kind, rows, columns, places, generator, scale=None):
    size, length = gguf.GGML_QUANT_SIZES[kind]
    blocks = generator.integers(0, 256, (rows * columns // size, length), dtype=numpy.uint8)
    values = [numpy.abs(generator.standard_normal(len(blocks))) * (scale or 0.02) for _ in places]
    scales(kind, blocks, places, values)
    return blocks.reshape(rows, -1)


def extreme(kind, raw, places):
    """Rows 1 to 3: all bits of the numbers set or none, a subnormal and a negative scale, no scale."""
    size, length = gguf.GGML_QUANT_SIZES[kind]
    blocks = raw.reshape(4, -1, length)
    blocks[1, 0], blocks[1, 1] = 0, 255
    scales(kind, blocks[1], places, [[0.5, -2.0]] * len(places))
    scales(kind, blocks[2], places, [[6e-8, -0.25]] * len(places))
    scales(kind, blocks[3], places, [[0.0, 65504.0 / 4096]] * len(places))
    return blocks.reshape(4, -1)


def types():
    generator = numpy.random.default_rng(17)
    values = generator.standard_normal((4, 512)).astype(numpy.float32)
    # Rows that rounding finds hard: ties, a block of zeros, tiny and large values.
    values[1] = numpy.linspace(-8, 8, 512, dtype=numpy.float32)
    values[2, :64], values[2, 64:128] = 0, -0.0
    values[3] *= numpy.float32(2) ** generator.integers(-12, 12, 512).astype(numpy.float32)
    writer = GGUFWriter(FOLDER / "types.gguf", "llama")
    expected = {}
    for kind in MADE + list(RANDOM):
        if kind in RANDOM:
            size, _ = gguf.GGML_QUANT_SIZES[kind]
            raw = extreme(kind, random_blocks(kind, 4, 512, RANDOM[kind], generator), RANDOM[kind])
        else:
            raw = quantize(values, kind)
        writer.add_tensor(kind.name, raw, raw_dtype=kind)
        read = dequantize(raw, kind)
        assert read.shape == (4, 512) and numpy.isfinite(read).all(), kind
        expected[kind.name] = torch.from_numpy(numpy.ascontiguousarray(read, dtype=numpy.float32))
    finish(writer)
    save_file(expected, FOLDER / "types.safetensors")
    writer = GGUFWriter(FOLDER / "types-refused.gguf", "llama")
    for kind, places in OTHERS.items():
        writer.add_tensor(kind.name, random_blocks(kind, 1, 256, places, generator), raw_dtype=kind)
    for name, kind in (("F64", numpy.float64), ("I8", numpy.int8), ("I16", numpy.int16), ("I32", numpy.int32), ("I64", numpy.int64)):
        writer.add_tensor(name, numpy.arange(32).astype(kind))
    finish(writer)


# Whole models


def permute(weight, heads):
    """llama.cpp's order of a head's rows: the two of a pair beside each other."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def unpermute(weight, heads):
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


PERMUTED = ("llama", "olmo", "granite")


def describe(writer, config, file_type):
    """The keys that llama.cpp's converter writes."""
    arch = config["model_type"]
    writer.add_type("model")
    writer.add_name(arch)
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    rope = config.get("rope_parameters") or ({"rope_theta": config.get("rope_theta", 10000.0)} | (config.get("rope_scaling") or {}))
    kind = rope.get("rope_type", rope.get("type"))
    if arch != "gemma2":
        writer.add_rope_freq_base(rope["rope_theta"])
    if kind in ("linear", "yarn"):
        writer.add_rope_scaling_type({"linear": gguf.RopeScalingType.LINEAR, "yarn": gguf.RopeScalingType.YARN}[kind])
        writer.add_rope_scaling_factor(rope["factor"])
    if kind == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        if "beta_fast" in rope:
            writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    if arch == "olmo":
        writer.add_layer_norm_eps(1e-5)
        if config["clip_qkv"]:
            writer.add_clamp_kqv(config["clip_qkv"])
    else:
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    if config.get("head_dim"):
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    if arch in ("llama", "granite"):
        writer.add_vocab_size(config["vocab_size"])
        writer.add_rope_dimension_count(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    if arch == "granite":
        writer.add_attention_scale(config["attention_multiplier"])
        writer.add_embedding_scale(config["embedding_multiplier"])
        writer.add_residual_scale(config["residual_multiplier"])
        writer.add_logit_scale(config["logits_scaling"])
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
        writer.add_sliding_window(config["sliding_window"])


def frequencies(config):
    """LLaMA 3's scaling as the factors by which frequencies are divided."""
    rope = config.get("rope_parameters") or (config.get("rope_scaling") and config["rope_scaling"] | {"rope_theta": config["rope_theta"]}) or {}
    if rope.get("rope_type") != "llama3":
        return None
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    low, high, length, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["original_max_position_embeddings"], rope["factor"]
    factors = []
    for i in range(0, width, 2):
        wave = 2 * math.pi * rope["rope_theta"] ** (i / width)
        smooth = (length / wave - low) / (high - low)
        factors.append(1 if wave < length / high else factor if wave > length / low else 1 / ((1 - smooth) / factor + smooth))
    return numpy.array(factors, dtype=numpy.float32)


def converted(config, state):
    """The tensors of a checkpoint under llama.cpp's names, in its order of rows."""
    arch = config["model_type"]
    names = gguf.get_tensor_name_map({name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}[arch], config["num_hidden_layers"])
    for name, tensor in state.items():
        if name == "lm_head.weight" and config.get("tie_word_embeddings"):
            continue
        value = array(tensor)
        for part, heads in (("q_proj", "num_attention_heads"), ("k_proj", "num_key_value_heads")):
            if arch in PERMUTED and f".{part}." in name:
                value = permute(value, config[heads])
        if arch == "gemma2" and name.endswith("norm.weight"):
            value = value + numpy.float32(1)
        stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
        assert stored, name
        yield stored, numpy.ascontiguousarray(value)
    factors = frequencies(config)
    if factors is not None:
        yield "rope_freqs.weight", factors


WRITTEN = {}


def model(name, config, state, kind=Kind.F32, folder=FOLDER, counted=False, **options):
    """Writes a model; matrices are stored as `kind`, vectors in f32."""
    WRITTEN[name] = (config, state, kind)
    writer = GGUFWriter(folder / f"{name}.gguf", config["model_type"], **options)
    if counted and config["model_type"] != "llama":
        writer.add_vocab_size(config["vocab_size"])
    describe(writer, config, {Kind.F32: LlamaFileType.ALL_F32, Kind.F16: LlamaFileType.MOSTLY_F16, Kind.BF16: LlamaFileType.MOSTLY_BF16, Kind.Q8_0: LlamaFileType.MOSTLY_Q8_0, Kind.Q4_0: LlamaFileType.MOSTLY_Q4_0}[kind])
    for stored, value in sorted(converted(config, state)):
        own = kind if value.ndim > 1 else Kind.F32
        writer.add_tensor(stored, quantize(value, own), raw_dtype=own)
    finish(writer)


def checkpoint(name):
    folder = HERE / "parity" / name
    config = json.loads((folder / "config.json").read_text())
    state = {}
    for path in sorted(folder.glob("model*.safetensors")):
        state |= load_file(path)
    return config, state


def states(model_class, config, state, name, note):
    """What transformers computes for a model that has no twin in `parity/`."""
    folder = FOLDER / name
    folder.mkdir()
    network = model_class(config).eval()
    missing = network.load_state_dict(state, strict=False).missing_keys
    assert set(missing) <= {"lm_head.weight"}
    network.tie_weights()
    expected = {}
    capture = Capture(network.model.layers, "hidden", expected)
    capture.watch(network.model.norm, "hidden.norm")
    ids = tokens(17, config.vocab_size, 5)
    with torch.no_grad():
        expected["logits"] = network(input_ids=ids[None], use_cache=False).logits[0].contiguous()
    write(folder, {"token_ids": ids}, expected, note)
    config.save_pretrained(folder)


def gemma2():
    """A Gemma 2 whose scores are scaled as GGUF takes for granted, in f16."""
    config = Gemma2Config(**(TINY | dict(vocab_size=96, num_hidden_layers=2, intermediate_size=60, query_pre_attn_scalar=12, sliding_window=9, attn_logit_softcapping=3.0, final_logit_softcapping=5.0)), attn_implementation="eager")
    torch.manual_seed(3)
    state = {key: (value.half().float() if value.dim() > 1 else value) for key, value in roughen(Gemma2ForCausalLM(config), 3).state_dict().items()}
    model("gemma2", json.loads(config.to_json_string()), {key: value for key, value in state.items() if key != "lm_head.weight"}, Kind.F16)
    # What the file says of a norm is one plus its weight, rounded to f32.
    state = {key: ((1 + value) - 1 if key.endswith("norm.weight") else value) for key, value in state.items()}
    states(Gemma2ForCausalLM, config, state, "gemma2", "f16 matrices; norms' weights with one added; scores divided by the root of the head's width")


def olmo():
    """An OLMo in f16: rows of query and key reordered, no norms' tensors."""
    config = OlmoConfig(**(TINY | dict(vocab_size=96, num_hidden_layers=2, intermediate_size=60, head_dim=8, clip_qkv=0.7)), attn_implementation="eager")
    torch.manual_seed(4)
    state = {key: value.half().float() for key, value in roughen(OlmoForCausalLM(config), 4).state_dict().items()}
    model("olmo", json.loads(config.to_json_string()), state, Kind.F16)
    states(OlmoForCausalLM, config, state, "olmo", "f16 matrices; queries, keys and values clipped")


def rounded(name, kind):
    """A LLaMA whose matrices are blocks that the package makes."""
    config = LlamaConfig(**(TINY | dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, head_dim=16, vocab_size=96)), attn_implementation="eager")
    torch.manual_seed(9)
    state = roughen(LlamaForCausalLM(config), 9).state_dict()
    model(name, json.loads(config.to_json_string()), state, kind)
    # Blocks lie along rows, so that reordering rows and rounding them can be exchanged.
    read = {key: torch.from_numpy(dequantize(quantize(array(value), kind), kind).copy()) if value.dim() > 1 else value for key, value in state.items()}
    states(LlamaForCausalLM, config, read, name, f"matrices as {kind.name}")


MIXED = {"token_embd.weight": Kind.Q4_K, "output.weight": Kind.Q6_K, "blk.0.attn_q.weight": Kind.Q4_K, "blk.0.attn_k.weight": Kind.Q5_K, "blk.0.attn_v.weight": Kind.Q6_K, "blk.0.attn_output.weight": Kind.Q3_K, "blk.0.ffn_gate.weight": Kind.Q2_K,
         "blk.0.ffn_up.weight": Kind.Q5_K, "blk.0.ffn_down.weight": Kind.Q6_K}


def mixed():
    """A LLaMA of blocks of 256, one kind for each matrix, as the mixtures that llama.cpp offers have them."""
    config = LlamaConfig(**(TINY | dict(hidden_size=256, intermediate_size=256, num_hidden_layers=1, num_attention_heads=4, head_dim=64, vocab_size=96)), attn_implementation="eager")
    torch.manual_seed(10)
    state = roughen(LlamaForCausalLM(config), 10).state_dict()
    generator = numpy.random.default_rng(21)
    told = json.loads(config.to_json_string())
    writer = GGUFWriter(FOLDER / "llama-k-quants.gguf", "llama")
    describe(writer, told, LlamaFileType.MOSTLY_Q4_K_M)
    back = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 1)
    names = {back.get_name(key, try_suffixes=(".weight",)): key for key in state}
    for stored in sorted(names):
        shape = state[names[stored]].shape
        if stored not in MIXED:
            writer.add_tensor(stored, array(state[names[stored]]))
            continue
        kind = MIXED[stored]
        raw = random_blocks(kind, *shape, RANDOM[kind], generator, 1e-3)
        # Scales such that rows are as long as in any other model here.
        spread = dequantize(raw, kind).std() / (1.0 if stored == "token_embd.weight" else 1.3 / 16)
        blocks = raw.reshape(-1, gguf.GGML_QUANT_SIZES[kind][1])
        for place in RANDOM[kind]:
            part = blocks[:, place : place + 2].copy().view(numpy.float16).astype(numpy.float32) / spread
            scales(kind, blocks, [place], [part])
        read = dequantize(raw, kind)
        for part, heads in (("attn_q", 4), ("attn_k", 2)):
            if part in stored:
                read = unpermute(read, heads)
        state[names[stored]] = torch.from_numpy(numpy.ascontiguousarray(read))
        writer.add_tensor(stored, raw, raw_dtype=kind)
    finish(writer)
    states(LlamaForCausalLM, config, state, "llama-k-quants", "random blocks of 256, of every kind")


# Twins of `parity/`, whose states they have to give.
TWINS = ["llama-gqa", "llama-tied-rope3", "qwen2-tiny", "qwen3-tiny", "olmo2-tiny", "granite-tiny"]


def models():
    for name in TWINS:
        model(name, *checkpoint(name))
    config, state = checkpoint("llama-sharded-bf16")
    model("llama-sharded-bf16", config, state, Kind.BF16, split_max_tensors=16)
    for name in ("llama-linear", "llama-yarn"):
        config, _ = checkpoint(name)
        writer = GGUFWriter(FOLDER / f"{name}-keys.gguf", "llama")
        describe(writer, config, LlamaFileType.ALL_F32)
        finish(writer)
    gemma2()
    olmo()
    rounded("llama-q8_0", Kind.Q8_0)
    rounded("llama-q4_0", Kind.Q4_0)
    mixed()


# Metadata


def metadata():
    """Every kind of value, and what it is."""
    writer = GGUFWriter(FOLDER / "metadata.gguf", "llama")
    whole = {"uint8": 255, "int8": -128, "uint16": 65535, "int16": -32768, "uint32": 2**32 - 1, "int32": -(2**31), "uint64": 2**64 - 1, "int64": -(2**63)}
    told = {"general.architecture": "llama"}
    for kind, value in whole.items():
        getattr(writer, f"add_{kind}")(f"kind.{kind}", value)
        told[f"kind.{kind}"] = value
    for kind, value in (("float32", 0.1), ("float64", 0.1), ("bool", True), ("string", "ein größeres 字 🚀")):
        getattr(writer, f"add_{kind}")(f"kind.{kind}", value)
        told[f"kind.{kind}"] = float(numpy.float32(value)) if kind == "float32" else value
    for name, value in (("whole", [1, -2, 3]), ("real", [0.5, -1.5]), ("truth", [True, False]), ("text", ["", "a", "ü"])):
        writer.add_array(f"array.{name}", value)
        told[f"array.{name}"] = value
    finish(writer)
    write_json(FOLDER / "metadata.json", told)


def tokenizer():
    """A vocabulary alone, of the kind that LLaMA 3 has; ids as the `tokenizers` library gives them."""
    reference = Tokenizer.from_file(str(DEMO / "tokenizer.json"))
    told = json.loads((DEMO / "tokenizer.json").read_text())
    added = {entry["id"]: entry for entry in told["added_tokens"]}
    writer = GGUFWriter(FOLDER / "tokenizer.gguf", "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    size = reference.get_vocab_size()
    writer.add_token_list([reference.id_to_token(i) for i in range(size)])
    writer.add_token_types([(gguf.TokenType.CONTROL if added[i]["special"] else gguf.TokenType.USER_DEFINED) if i in added else gguf.TokenType.NORMAL for i in range(size)])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in told["model"]["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_pad_token_id(5)
    writer.add_add_bos_token(True)
    finish(writer)
    texts = ["under a dark sky the moon shines over a red boat", "  two  spaces\n\nand lines\n", "I'll've 12345 sheep, don't you?", "<image> a boat<|end_of_text|>", "größer 字 🚀", ""]
    write_json(FOLDER / "tokenizer.json", [{"text": text, "ids": reference.encode(text).ids, "without": reference.encode(text, add_special_tokens=False).ids} for text in texts])


def sentencepiece():
    """A vocabulary of SentencePiece's, with scores instead of merges. The merges that transformers' converter makes of the scores are put into LLaMA 2's
    own tokenizer, for that converter forgets how LLaMA 2 treats spaces at the start."""
    told = json.loads((HERE / "tokenizers" / "llama2" / "tokenizer.json").read_text())
    tokens = sorted(told["model"]["vocab"], key=told["model"]["vocab"].get)
    kinds = [gguf.TokenType.UNKNOWN if i == 0 else gguf.TokenType.CONTROL if i < 3 else gguf.TokenType.BYTE if token.startswith("<0x") else gguf.TokenType.NORMAL for i, token in enumerate(tokens)]
    ranks = {}
    for rank, merge in enumerate(told["model"]["merges"]):
        ranks.setdefault("".join(merge if isinstance(merge, list) else merge.split(" ")), rank)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer-llama.gguf"
        writer = GGUFWriter(path, "llama")
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(tokens)
        # Some pieces share a score, as those do that were never merged.
        writer.add_token_scores([-float(ranks.get(token, -1) + 1) for token in tokens])
        writer.add_token_types(kinds)
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_unk_token_id(0)
        writer.add_add_bos_token(True)
        finish(writer)
        shutil.copy(path, FOLDER)
        made = json.loads(AutoTokenizer.from_pretrained(folder, gguf_file=path.name).backend_tokenizer.to_str())
    told["model"]["merges"] = made["model"]["merges"]
    reference = Tokenizer.from_str(json.dumps(told))
    texts = (HERE / "tokenizers" / "sentences.txt").read_text().splitlines()[::100] + json.loads((HERE / "tokenizers" / "hostile.json").read_text())["texts"]
    write_json(FOLDER / "tokenizer-llama.json", [{"text": text, "ids": reference.encode(text).ids, "without": reference.encode(text, add_special_tokens=False).ids} for text in texts])


# Files by hand

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def key(name, kind, data):
    return text(name) + struct.pack("<I", kind) + data


def tensor(name, dimensions, kind, offset):
    return text(name) + struct.pack("<I", len(dimensions)) + b"".join(struct.pack("<Q", size) for size in dimensions) + struct.pack("<IQ", kind, offset)


ARCHITECTURE = key("general.architecture", STRING, text("llama"))
WEIGHT = tensor("weight", (32, 2), Kind.Q8_0, 0)
DATA = bytes(range(34)) + bytes(range(1, 35))


def handmade(keys=(ARCHITECTURE,), tensors=(WEIGHT,), data=DATA, magic=b"GGUF", version=3, count=None, key_count=None, alignment=32):
    head = magic + struct.pack("<IQQ", version, len(tensors) if count is None else count, len(keys) if key_count is None else key_count) + b"".join(keys) + b"".join(tensors)
    return head + bytes(-len(head) % alignment) + data


def nested(depth):
    """An array of an array of an array …"""
    return struct.pack("<IQ", ARRAY, 1) * (depth - 1) + struct.pack("<IQ", U8, 0)


HUGE = 2**64 - 1
GOOD = handmade()
HOSTILE = {
    "empty": (b"", "no bytes at all"),
    "magic": (handmade(magic=b"GGML"), "another magic"),
    "version-0": (handmade(version=0), "version 0"),
    "version-1": (handmade(version=1), "version 1, whose lengths are u32"),
    "version-4": (handmade(version=4), "a version to come"),
    "tensor-count": (handmade(count=HUGE), "2^64 - 1 tensors"),
    "tensor-count-too-many": (handmade(count=2), "one tensor more than there are"),
    "key-count": (handmade(key_count=HUGE), "2^64 - 1 keys"),
    "key-length": (handmade([struct.pack("<Q", 2**63) + b"abc"]), "a key of 2^63 bytes"),
    "key-length-wraps": (handmade([struct.pack("<Q", HUGE) + b"abc"]), "a key of 2^64 - 1 bytes: the end of it lies before its start"),
    "key-empty": (handmade([key("", U8, b"\x00"), ARCHITECTURE]), "a key without a name"),
    "key-twice": (handmade([ARCHITECTURE, ARCHITECTURE]), "a key twice"),
    "key-not-utf8": (handmade([key(b"\xff\xfe", U8, b"\x00"), ARCHITECTURE]), "a key that is not UTF-8"),
    "key-long": (handmade([key("k" * 70000, U8, b"\x00"), ARCHITECTURE]), "a key longer than 65535 bytes"),
    "value-length": (handmade([key("general.architecture", STRING, struct.pack("<Q", 2**62) + b"llama")]), "a string of 2^62 bytes"),
    "value-not-utf8": (handmade([key("general.architecture", STRING, text(b"ll\xffma"))]), "a string that is not UTF-8"),
    "value-kind": (handmade([ARCHITECTURE, key("a", 13, b"\x00" * 8)]), "a kind of value that does not exist"),
    "value-kind-huge": (handmade([ARCHITECTURE, key("a", 2**32 - 1, b"\x00" * 8)]), "the same, 2^32 - 1"),
    "bool-2": (handmade([ARCHITECTURE, key("a", BOOL, b"\x02")]), "a truth value of 2"),
    "array-count": (handmade([ARCHITECTURE, key("a", ARRAY, struct.pack("<IQ", U8, 2**62))]), "an array of 2^62 bytes"),
    "array-count-wraps": (handmade([ARCHITECTURE, key("a", ARRAY, struct.pack("<IQ", U64, 2**61 + 1) + b"\x00" * 8)]), "an array of 2^61 + 1 numbers of 8 bytes: 8, after wrapping"),
    "array-strings": (handmade([ARCHITECTURE, key("a", ARRAY, struct.pack("<IQ", STRING, 2**40))]), "an array of 2^40 strings"),
    "array-kind": (handmade([ARCHITECTURE, key("a", ARRAY, struct.pack("<IQ", 99, 1) + b"\x00" * 8)]), "an array of a kind that does not exist"),
    "array-nested": (handmade([ARCHITECTURE, key("a", ARRAY, nested(3000))]), "3000 arrays within each other"),
    "alignment-0": (handmade([ARCHITECTURE, key("general.alignment", U32, struct.pack("<I", 0))]), "an alignment of 0"),
    "alignment-24": (handmade([ARCHITECTURE, key("general.alignment", U32, struct.pack("<I", 24))], alignment=24), "an alignment that is not a power of 2"),
    "alignment-huge": (handmade([ARCHITECTURE, key("general.alignment", U32, struct.pack("<I", 2**31))]), "an alignment of 2^31"),
    "alignment-string": (handmade([ARCHITECTURE, key("general.alignment", STRING, text("32"))]), "an alignment that is a string"),
    "no-architecture": (handmade([]), "no general.architecture"),
    "architecture-number": (handmade([key("general.architecture", U32, struct.pack("<I", 3))]), "a general.architecture that is a number"),
    "tensor-dimensions-0": (handmade(tensors=[text("weight") + struct.pack("<I", 0) + struct.pack("<IQ", Kind.Q8_0, 0)]), "no dimensions: one number, which is no block of 32"),
    "tensor-dimensions-5": (handmade(tensors=[tensor("weight", (32, 2, 1, 1, 1), Kind.Q8_0, 0)]), "five dimensions"),
    "tensor-dimensions-huge": (handmade(tensors=[text("weight") + struct.pack("<I", 2**32 - 1)]), "2^32 - 1 dimensions"),
    "tensor-size-wraps": (handmade(tensors=[tensor("weight", (2**32, 2**32), Kind.Q8_0, 0)]), "2^64 numbers: 0, after wrapping"),
    "tensor-size-negative": (handmade(tensors=[tensor("weight", (2**63, 2), Kind.Q8_0, 0)]), "a dimension of 2^63"),
    "tensor-row": (handmade(tensors=[tensor("weight", (48, 2), Kind.Q8_0, 0)], data=bytes(1024)), "rows that end in the middle of a block"),
    "tensor-kind": (handmade(tensors=[tensor("weight", (32, 2), 99, 0)]), "a kind of block that does not exist"),
    "tensor-kind-removed": (handmade(tensors=[tensor("weight", (32, 2), 4, 0)]), "Q4_2, a kind of block that was given up"),
    "tensor-offset": (handmade(tensors=[tensor("weight", (32, 2), Kind.Q8_0, 32)]), "data that end behind the file"),
    "tensor-offset-wraps": (handmade(tensors=[tensor("weight", (32, 2), Kind.Q8_0, 2**64 - 32)]), "data that begin before the file, after wrapping"),
    "tensor-offset-misaligned": (handmade(tensors=[tensor("weight", (32, 2), Kind.Q8_0, 8)], data=bytes(128)), "data that do not begin at a multiple of the alignment"),
    "tensor-overlaps": (handmade(tensors=[tensor("a", (32, 2), Kind.Q8_0, 0), tensor("b", (32, 2), Kind.Q8_0, 32)], data=bytes(128)), "two tensors that share bytes"),
    "tensor-twice": (handmade(tensors=[WEIGHT, WEIGHT]), "a tensor twice"),
    "tensor-name-empty": (handmade(tensors=[tensor("", (32, 2), Kind.Q8_0, 0)]), "a tensor without a name"),
    "tensor-name-long": (handmade(tensors=[text("w" * 65) + WEIGHT[8 + 6 :]]), "a name longer than 64 bytes, which llama.cpp refuses"),
    "tensor-name-nul": (handmade(tensors=[text(b"we\x00ght") + WEIGHT[8 + 6 :]]), "a name with a zero byte"),
    "data-short": (GOOD[:-1], "the last byte is missing"),
}
# Each place of the header where a file can end.
MARKS = {"magic": 2, "version": 6, "counts": 12, "key-length": 28, "key": 35, "value-kind": 54, "value-length": 60, "value": 66, "tensor-name": 80, "tensor-size": 95, "tensor-kind": 105, "tensor-offset": 110, "padding": 118}
HOSTILE |= {f"cut-{name}": (GOOD[:place], f"cut off after {place} bytes") for name, place in MARKS.items()}

HONEST = {
    "version-2": (handmade(version=2), "version 2, laid out like 3"),
    "alignment-64": (handmade([ARCHITECTURE, key("general.alignment", U32, struct.pack("<I", 64))], alignment=64), "an alignment of 64"),
    "trailing": (GOOD + bytes(28), "the data padded to a multiple of the alignment, as the package writes them"),
    "array-within": (handmade([ARCHITECTURE, key("a", ARRAY, struct.pack("<IQ", ARRAY, 2) + struct.pack("<IQ", U8, 1) + b"\x07" + struct.pack("<IQ", U8, 0))]), "an array of two arrays"),
    "dimensions-4": (handmade(tensors=[tensor("weight", (32, 2, 1, 1), Kind.Q8_0, 0)]), "four dimensions, two of them 1"),
    "no-tensors": (handmade(tensors=[], data=b""), "keys alone"),
}


def files(folder, cases):
    (FOLDER / folder).mkdir()
    for name, (data, _) in cases.items():
        (FOLDER / folder / f"{name}.gguf").write_bytes(data)
    write_json(FOLDER / folder / "files.json", {name: why for name, (_, why) in cases.items()})


def damaged_models():
    """Models that are sound as files. Without what they are short of they cannot be read, and with what they have too much they are something else."""
    config = dict(model_type="llama", num_hidden_layers=1, max_position_embeddings=64, hidden_size=16, intermediate_size=16, num_attention_heads=2, num_key_value_heads=1, rms_norm_eps=1e-6, vocab_size=8, rope_parameters={"rope_theta": 1e4})
    torch.manual_seed(1)
    state = LlamaForCausalLM(LlamaConfig(**{key: value for key, value in config.items() if key != "model_type"})).state_dict()
    told = {}

    def case(name, why, change=lambda writer: None, without=(), tensors=lambda stored: stored, arch="llama"):
        writer = GGUFWriter(FOLDER / "models-refused" / f"{name}.gguf", arch)
        if arch == "llama":
            describe(writer, config, LlamaFileType.ALL_F32)
        for part in writer.kv_data:
            for missing in without:
                part.pop(missing, None)
        change(writer)
        for stored, value in tensors(dict(sorted(converted(config, state)))).items():
            writer.add_tensor(stored, value)
        finish(writer)
        told[name] = why

    (FOLDER / "models-refused").mkdir()
    case("no-head-count", "no llama.attention.head_count", without=["llama.attention.head_count"])
    case("no-epsilon", "no llama.attention.layer_norm_rms_epsilon", without=["llama.attention.layer_norm_rms_epsilon"])
    case("head-count-by-block", "heads counted block by block, in an array", lambda w: w.add_head_count([2]), without=["llama.attention.head_count"])
    case("heads-do-not-divide", "3 heads for a width of 16", lambda w: w.add_head_count(3), without=["llama.attention.head_count"])
    case("block-count", "2^31 blocks", lambda w: w.add_block_count(2**31), without=["llama.block_count"])
    case("block-count-short", "a block less than there are: its tensors would not be read", lambda w: w.add_block_count(1), without=["llama.block_count"],
         tensors=lambda stored: stored | {key.replace("blk.0.", "blk.1."): value for key, value in stored.items() if key.startswith("blk.0.")})
    case("experts", "a mixture of experts that calls itself a LLaMA", lambda w: (w.add_expert_count(8), w.add_expert_used_count(2)))
    case("scaling", "a scaling of rotary embeddings that nothing here computes", lambda w: w.add_rope_scaling_type(gguf.RopeScalingType.LONGROPE))
    case("half-rotates", "half of a head's channels rotates", lambda w: w.add_rope_dimension_count(4), without=["llama.rope.dimension_count"])
    case("values-narrower", "values narrower than keys", lambda w: (w.add_key_length(8), w.add_value_length(4)))
    case("missing-tensor", "no blk.0.ffn_up.weight", tensors=lambda stored: {key: value for key, value in stored.items() if key != "blk.0.ffn_up.weight"})
    case("foreign-tensor", "a tensor that nothing reads", tensors=lambda stored: stored | {"blk.0.attn_sinks.weight": numpy.zeros(2, numpy.float32)})
    case("misshapen-tensor", "queries of another width", tensors=lambda stored: stored | {"blk.0.attn_q.weight": numpy.zeros((16, 8), numpy.float32)})
    case("another-architecture", "a Mamba", arch="mamba")
    case("projector", "the encoder of a VLM, which llama.cpp keeps apart", lambda w: w.add_type("mmproj"), arch="clip")
    write_json(FOLDER / "models-refused" / "files.json", told)


def big_endian():
    writer = GGUFWriter(FOLDER / "big-endian.gguf", "llama", endianess=gguf.GGUFEndian.BIG)
    writer.add_tensor("weight", numpy.arange(32, dtype=numpy.float32).reshape(2, 16))
    finish(writer)


def check():
    """Has transformers' own reader of GGUF read what it can, and compares. It knows neither OLMo nor Granite, reads no head width of a Qwen 3, and no soft caps."""
    for path in sorted(FOLDER.glob("*.gguf")):
        if path.stem != "big-endian":
            assert all(part.data_offset % 32 == 0 for part in GGUFReader(path).tensors)
    for name, model_class, expected in (("llama-gqa", LlamaForCausalLM, "parity/llama-gqa"), ("qwen2-tiny", Qwen2ForCausalLM, "parity/qwen2-tiny"), ("llama-k-quants", LlamaForCausalLM, "gguf/llama-k-quants"),
                                        ("llama-q8_0", LlamaForCausalLM, "gguf/llama-q8_0"), ("llama-q4_0", LlamaForCausalLM, "gguf/llama-q4_0"), ("gemma2", Gemma2ForCausalLM, "gguf/gemma2")):
        with tempfile.TemporaryDirectory() as folder:
            # transformers counts the vocabulary by a key, or by the tokens that are not here.
            if name in WRITTEN:
                model(name, *WRITTEN[name], folder=Path(folder), counted=True)
            place = folder if name in WRITTEN else FOLDER
            network = model_class.from_pretrained(place, gguf_file=f"{name}.gguf", dtype=torch.float32, attn_implementation="eager").eval()
        if name == "gemma2":
            told = Gemma2Config.from_pretrained(HERE / expected, attn_implementation="eager")
            state = network.state_dict()
            network = Gemma2ForCausalLM(told).eval()
            network.load_state_dict(state | {"lm_head.weight": state["model.embed_tokens.weight"]})
        ids = load_file(HERE / expected / "inputs.safetensors")["token_ids"]
        with torch.no_grad():
            logits = network(input_ids=ids[None]).logits[0]
        far = float((logits - load_file(HERE / expected / "expected.safetensors")["logits"]).abs().max())
        assert far < 1e-5, f"{name}: {far}"
        print(name, "read by transformers, apart by", far, flush=True)
    # LLaMA 3's factors, against transformers' frequencies.
    config = LlamaConfig.from_pretrained(HERE / "parity" / "llama-tied-rope3")
    plain = 1 / config.rope_parameters["rope_theta"] ** (torch.arange(0, config.head_dim, 2) / config.head_dim)
    factors = next(part.data for part in GGUFReader(FOLDER / "llama-tied-rope3.gguf").tensors if part.name == "rope_freqs.weight")
    assert torch.allclose(LlamaForCausalLM(config).model.rotary_emb.inv_freq, plain / torch.from_numpy(factors.copy()), rtol=1e-6)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    types()
    models()
    metadata()
    tokenizer()
    sentencepiece()
    files("sound", HONEST)
    files("refused", HOSTILE)
    damaged_models()
    big_endian()
    check()
    write_json(FOLDER / "meta.json", {"note": "files of GGUF", "twins": {name: f"parity/{name}" for name in TWINS + ["llama-sharded-bf16"]}, "keys": {f"{name}-keys": f"parity/{name}" for name in ("llama-linear", "llama-yarn")}}
               | versions() | {"gguf": importlib.metadata.version("gguf")})


main()

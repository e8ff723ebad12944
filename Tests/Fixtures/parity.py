"""Tiny checkpoints with awkward shapes, and every hidden state that transformers gives for them in float32.

Usage: python parity.py [NAME ...]
"""

import json
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import (CLIPConfig, CLIPModel, CLIPVisionConfig, CLIPVisionModel, Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel, Gemma2Config, Gemma2ForCausalLM, GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM,
                          LlavaConfig, LlavaForConditionalGeneration, Olmo2Config, Olmo2ForCausalLM, OlmoConfig, OlmoForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM, SiglipVisionConfig, SiglipVisionModel)

from common import HERE, Capture, roughen, versions, write, write_json

TINY = dict(vocab_size=151, hidden_size=48, intermediate_size=85, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2,
            head_dim=12, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)


def tokens(count, vocabulary, seed):
    return torch.randint(3, vocabulary, (count,), generator=torch.Generator().manual_seed(seed))


def folder_for(name):
    folder = HERE / "parity" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def strip(folder, *absent):
    """Removes what publishers do not ship, and the keys that a case leaves to Hugging Face's defaults."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for key in ("transformers_version",) + absent:
        config.pop(key, None)
    write_json(path, config)
    (folder / "generation_config.json").unlink(missing_ok=True)


def decoder(name, count, note, rows=None, dtype=torch.float32, shards=None, absent=(), legacy_rope=None, kind=(LlamaConfig, LlamaForCausalLM), **changes):
    config_class, model_class = kind
    folder = folder_for(name)
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    model = roughen(model_class(config_class(**(TINY | changes), attn_implementation="eager")), seed).to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": shards} if shards else {}))
    strip(folder, *absent)
    if legacy_rope:
        config = json.loads((folder / "config.json").read_text())
        config.pop("rope_parameters", None)
        write_json(folder / "config.json", config | legacy_rope)
    model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    expected = {}
    capture = Capture(model.model.layers, "hidden", expected)
    capture.watch(model.model.norm, "hidden.norm")
    ids = tokens(count, model.config.vocab_size, seed)
    with torch.no_grad():
        expected["logits"] = model(input_ids=ids[None], use_cache=False).logits[0].contiguous()
    write(folder, {"token_ids": ids}, expected, note, rows)


LEGACY = [("model.language_model.", "language_model.model."), ("lm_head.", "language_model.lm_head."), ("vision_tower.", "vision_tower.vision_model."), ("model.multi_modal_projector.", "multi_modal_projector.")]
NEWER = [("language_model.model.", "model.language_model."), ("language_model.lm_head.", "lm_head."), ("vision_tower.", "model.vision_tower."), ("multi_modal_projector.", "model.multi_modal_projector.")]


def rename(folder, rules):
    """Stores the same tensors under the names of another release."""
    stored = load_file(folder / "model.safetensors")
    renamed = {}
    for name, tensor in stored.items():
        for old, new in rules:
            if name.startswith(old):
                name = new + name[len(old):]
                break
        renamed[name] = tensor
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})


def encoder(name, size, note, kind=(CLIPVisionConfig, CLIPVisionModel), published=False, seen=None, **changes):
    config_class, model_class = kind
    folder = folder_for(name)
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    config = config_class(**(dict(hidden_size=40, intermediate_size=70, num_hidden_layers=3, num_attention_heads=5, image_size=size, patch_size=14) | changes), attn_implementation="eager")
    model = roughen(model_class(config), seed)
    model.save_pretrained(folder)
    strip(folder)
    if published:
        rename(folder, [("", "vision_model.")])
    tower = getattr(model, "vision_model", model)
    expected = {}
    blocks = tower.encoder
    Capture(getattr(blocks, "layers", None) or blocks.layer, "vision", expected)
    height, width = seen or (size, size)
    pixels = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        told = model(pixel_values=pixels).last_hidden_state[0]
        expected["vision.norm"] = norm_after(tower, expected)
    if kind[1] is not CLIPVisionModel:
        assert torch.equal(expected["vision.norm"], told)
    write(folder, {"pixel_values": pixels}, expected, note)


def norm_after(tower, expected):
    """What leaves the last block, normed, all tokens. transformers gives it as the last hidden state for SigLIP and DINOv2, and for CLIP of CLS alone."""
    last = expected[f"vision.{sum(name.startswith('vision.') for name in expected) - 1}"]
    return (tower.layernorm if hasattr(tower, "layernorm") else tower.post_layernorm)(last)


def clip_published(name, note):
    """A whole CLIP, text tower and all, in two shards of torch.save, as its publisher ships it."""
    folder = folder_for(name)
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    config = CLIPConfig(
        vision_config=dict(hidden_size=40, intermediate_size=70, num_hidden_layers=3, num_attention_heads=5, image_size=56, patch_size=14),
        text_config=dict(hidden_size=24, intermediate_size=40, num_hidden_layers=1, num_attention_heads=3, vocab_size=60, max_position_embeddings=9), projection_dim=16)
    model = roughen(CLIPModel(config), seed)
    config.save_pretrained(folder)
    strip(folder)
    state = {key: value for key, value in model.state_dict().items()}
    state = {key if key.startswith(("text_model", "logit", "text_proj", "visual_proj", "vision_model")) else f"vision_model.{key}": value for key, value in state.items()}
    state |= {"vision_model.embeddings.position_ids": torch.arange(17)[None], "text_model.embeddings.position_ids": torch.arange(9)[None]}
    names = sorted(state)
    shards = {f"pytorch_model-0000{n + 1}-of-00002.bin": names[n::2] for n in range(2)}
    for file, members in shards.items():
        torch.save({key: state[key] for key in members}, folder / file)
    write_json(folder / "pytorch_model.bin.index.json", {"metadata": {}, "weight_map": {key: file for file, members in shards.items() for key in members}})
    expected = {}
    tower = model.vision_model
    Capture(tower.encoder.layers, "vision", expected)
    pixels = torch.randn(1, 3, 56, 56, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        pooled = tower(pixel_values=pixels).pooler_output[0]
        expected["vision.norm"] = norm_after(tower, expected)
    assert torch.allclose(expected["vision.norm"][0], pooled, atol=1e-6)
    write(folder, {"pixel_values": pixels}, expected, note)


def llava(name, note, names, layer=-2, select="default", bias=True, act="gelu"):
    folder = folder_for(name)
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(hidden_size=40, intermediate_size=70, num_hidden_layers=4, num_attention_heads=5, image_size=42, patch_size=14, projection_dim=16)
    text = LlamaConfig(**TINY)
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=150, vision_feature_layer=layer, vision_feature_select_strategy=select,
                         multimodal_projector_bias=bias, projector_hidden_act=act, attn_implementation="eager")
    model = roughen(LlavaForConditionalGeneration(config), seed)
    model.save_pretrained(folder)
    strip(folder)
    rename(folder, names)
    expected = {}
    language = model.model.language_model
    capture = Capture(language.layers, "hidden", expected)
    capture.watch(language.norm, "hidden.norm")
    tower = getattr(model.model.vision_tower, "vision_model", model.model.vision_tower)
    Capture(tower.encoder.layers, "vision", expected)
    capture.watch(model.model.multi_modal_projector, "connector")
    count = 9 + (1 if select == "full" else 0)
    ids = torch.cat([tokens(5, 150, seed), torch.full((count,), 150), tokens(7, 150, seed + 1)])
    pixels = torch.randn(1, 3, 42, 42, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        expected["logits"] = model(input_ids=ids[None], pixel_values=pixels, use_cache=False).logits[0].contiguous()
    expected["visual_positions"] = torch.arange(5, 5 + count)
    write(folder, {"token_ids": ids, "pixel_values": pixels}, expected, note)


def gated_mlp(name, note):
    """The connector of the method's own VLMs, computed directly."""
    folder = folder_for(name)
    generator = torch.Generator().manual_seed(7)
    shapes = {"w1.weight": (85, 80), "w3.weight": (85, 80), "w2.weight": (48, 85)}
    weights = {key: torch.randn(shape, generator=generator) / shape[1] ** 0.5 for key, shape in shapes.items()}
    x = torch.randn(9, 80, generator=generator)
    y = (torch.nn.functional.silu(x @ weights["w1.weight"].T) * (x @ weights["w3.weight"].T)) @ weights["w2.weight"].T
    save_file(weights, folder / "connector.safetensors")
    save_file({"features": x}, folder / "inputs.safetensors")
    save_file({"connector": y.contiguous()}, folder / "expected.safetensors")
    write_json(folder / "meta.json", {"note": note} | versions())


def parts(name, note):
    """An encoder, a connector and a decoder from three checkpoints, two layers joined, features added to the placeholder."""
    folder = folder_for(name)
    encoder = load_file(HERE / "parity" / "clip-tiny" / "expected.safetensors")
    weights = load_file(HERE / "parity" / "gated-mlp" / "connector.safetensors")
    pixels = load_file(HERE / "parity" / "clip-tiny" / "inputs.safetensors")["pixel_values"]
    # -1 is what leaves the last block; CLS is dropped.
    x = torch.cat([encoder["vision.3"], encoder["vision.1"]], dim=-1)[1:]
    visual = (torch.nn.functional.silu(x @ weights["w1.weight"].T) * (x @ weights["w3.weight"].T)) @ weights["w2.weight"].T
    model = LlamaForCausalLM.from_pretrained(HERE / "parity" / "llama-gqa", attn_implementation="eager").eval()
    ids = torch.cat([tokens(3, 150, 5), torch.full((len(visual),), 150), tokens(4, 150, 6)])
    expected = {f"vision.{i}": encoder[f"vision.{i}"] for i in range(4)} | {"connector": visual.contiguous()}
    capture = Capture(model.model.layers, "hidden", expected)
    capture.watch(model.model.norm, "hidden.norm")
    embeddings = model.get_input_embeddings()(ids).detach()
    embeddings[3 : 3 + len(visual)] += visual
    with torch.no_grad():
        expected["logits"] = model(inputs_embeds=embeddings[None], use_cache=False).logits[0].contiguous()
    expected["visual_positions"] = torch.arange(3, 3 + len(visual))
    write(folder, {"token_ids": ids, "pixel_values": pixels}, expected, note)
    write_json(folder / "model.json", {
        "name": name, "encoder": {"weights": "../clip-tiny", "layers": [-1, 1]}, "decoder": {"weights": "../llama-gqa"},
        "connector": {"adapter": "gated-mlp", "weights": "../gated-mlp/connector.safetensors", "configuration": {"intermediate_size": 85}, "combination": "add", "placeholder": 150}})


SAMPLE = [0, 1, 2, 63, 64, 65, 127, 128, 200, 255, 256, 257, 399, 498, 499]
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
LONG = dict(max_position_embeddings=1024, num_hidden_layers=2)

CASES = {
    "llama-gqa": lambda n: decoder(n, 23, "grouped heads, head_dim not hidden/heads, odd inner width, untied, an epsilon that shows", rms_norm_eps=1e-3),
    "llama-defaults": lambda n: decoder(n, 11, "num_key_value_heads, head_dim, hidden_act, rms_norm_eps and tie_word_embeddings left to the defaults",
                                      absent=("num_key_value_heads", "head_dim", "hidden_act", "rms_norm_eps", "tie_word_embeddings", "rope_parameters", "attention_bias", "mlp_bias"),
                                      num_key_value_heads=6, head_dim=8),
    "llama-tied-rope3": lambda n: decoder(n, 500, "tied, LLaMA-3 scaling that matters, under the keys of LLaMA 3.1, all biases, 500 tokens", rows=SAMPLE, tie_word_embeddings=True, attention_bias=True, mlp_bias=True, **LONG,
                                        rope_parameters=LLAMA3 | {"rope_theta": 5000.0}, legacy_rope={"rope_theta": 5000.0, "rope_scaling": LLAMA3}),
    "llama-linear": lambda n: decoder(n, 500, "linear scaling, under the older keys", rows=SAMPLE, **LONG, rope_parameters={"rope_type": "linear", "factor": 3.0, "rope_theta": 10000.0},
                                    legacy_rope={"rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 3.0}}),
    "llama-dynamic": lambda n: decoder(n, 500, "dynamic NTK scaling, longer than the original positions", rows=SAMPLE, num_hidden_layers=2, max_position_embeddings=128, rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}),
    "llama-yarn": lambda n: decoder(n, 500, "YaRN scaling, with a bound of its own", rows=SAMPLE, **LONG, rope_parameters={"rope_type": "yarn", "factor": 4.0, "beta_fast": 4.0, "rope_theta": 10000.0, "original_max_position_embeddings": 256}),
    "llama-sharded-bf16": lambda n: decoder(n, 17, "bf16 weights in several shards", dtype=torch.bfloat16, shards="60KB"),
    "llama-f16": lambda n: decoder(n, 17, "f16 weights", dtype=torch.float16),
    "clip-tiny": lambda n: encoder(n, 70, "odd widths, 5 x 5 patches of 14, as publishers of CLIP name the tensors", published=True, projection_dim=16),
    "clip-gelu": lambda n: encoder(n, 112, "patches of 16, gelu, another epsilon", patch_size=16, hidden_act="gelu", layer_norm_eps=1e-3, num_hidden_layers=2, projection_dim=16),
    "clip-published": lambda n: clip_published(n, "a whole CLIP in two shards of torch.save, as its publisher ships it"),
    "qwen2-tiny": lambda n: decoder(n, 23, "biases on query, key and value alone, head_dim left to the default", kind=(Qwen2Config, Qwen2ForCausalLM), head_dim=8),
    "qwen3-tiny": lambda n: decoder(n, 23, "queries and keys normed by head, tied", kind=(Qwen3Config, Qwen3ForCausalLM), tie_word_embeddings=True),
    "olmo2-tiny": lambda n: decoder(n, 23, "norms after, queries and keys normed over all channels, grouped heads", kind=(Olmo2Config, Olmo2ForCausalLM), head_dim=8, num_key_value_heads=3),
    "olmo-tiny": lambda n: decoder(n, 23, "norms without weights, queries, keys and values clipped", kind=(OlmoConfig, OlmoForCausalLM), head_dim=8, clip_qkv=0.7),
    "gemma2-tiny": lambda n: decoder(n, 40, "norms before and after, soft caps that matter, a sliding window shorter than the sequence, tied", kind=(Gemma2Config, Gemma2ForCausalLM),
                                     sliding_window=9, query_pre_attn_scalar=20, attn_logit_softcapping=3.0, final_logit_softcapping=5.0),
    "granite-tiny": lambda n: decoder(n, 23, "embeddings, scores, residuals and logits scaled, grouped heads, untied, head_dim left to the default", absent=("head_dim",), kind=(GraniteConfig, GraniteForCausalLM), head_dim=8,
                                      embedding_multiplier=2.5, attention_multiplier=0.5, residual_multiplier=0.6, logits_scaling=3.0),
    "granite-tied": lambda n: decoder(n, 23, "the same with other factors, tied, all biases, head_dim not hidden/heads, LLaMA-3 scaling that matters", kind=(GraniteConfig, GraniteForCausalLM), tie_word_embeddings=True, attention_bias=True,
                                      mlp_bias=True, embedding_multiplier=0.6, attention_multiplier=0.45, residual_multiplier=1.3, logits_scaling=0.55, rope_parameters=LLAMA3 | {"rope_theta": 5000.0}),
    "siglip-tiny": lambda n: encoder(n, 72, "72 pixels in patches of 14, of which 2 pixels are left over", kind=(SiglipVisionConfig, SiglipVisionModel)),
    "dinov2-tiny": lambda n: encoder(n, 70, "positions of 5 x 5 resampled to 3 x 7", kind=(Dinov2Config, Dinov2Model), seen=(42, 98), mlp_ratio=2),
    "dinov2-gated": lambda n: encoder(n, 70, "gated feed-forward, no biases on query, key and value", kind=(Dinov2Config, Dinov2Model), mlp_ratio=3, use_swiglu_ffn=True, qkv_bias=False),
    "dinov2-registers": lambda n: encoder(n, 70, "three registers, positions of 5 x 5 resampled to 8 x 4", kind=(Dinov2WithRegistersConfig, Dinov2WithRegistersModel), seen=(112, 56), num_register_tokens=3),
    "llava-tiny": lambda n: llava(n, "as transformers 5 names the tensors", NEWER),
    "llava-legacy": lambda n: llava(n, "as publishers of LLaVA 1.5 name the tensors", LEGACY),
    "llava-list": lambda n: llava(n, "two feature layers, with CLS, no projector bias", LEGACY, layer=[-2, -4], select="full", bias=False),
    "gated-mlp": lambda n: gated_mlp(n, "w2(silu(w1 x) * w3 x), directly in torch"),
    "parts": lambda n: parts(n, "three checkpoints put together by a manifest, features added to the placeholder"),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case](case)
        print(case, flush=True)

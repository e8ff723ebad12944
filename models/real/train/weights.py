"""Loads both ends into torch, frozen."""

from pathlib import Path

import torch


def decoder(weights, dtype=torch.float32):
    """SmolLM2 from its GGUF file, dequantised once by transformers and kept beside it in float32."""
    from safetensors.torch import load_file, save_file
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM
    weights = Path(weights)
    kept = weights / "smollm2-torch"
    if not (kept / "model.safetensors").exists():
        model = AutoModelForCausalLM.from_pretrained(weights, gguf_file="smollm2.gguf", dtype=torch.float32)
        AutoTokenizer.from_pretrained(weights, gguf_file="smollm2.gguf").save_pretrained(kept)
        config = model.config
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        config.save_pretrained(kept)
        save_file({name: value.contiguous().clone() for name, value in model.state_dict().items() if name != "lm_head.weight"}, kept / "model.safetensors")
    model = LlamaForCausalLM(AutoConfig.from_pretrained(kept))
    missing, extra = model.load_state_dict(load_file(kept / "model.safetensors"), strict=False)
    assert set(missing) <= {"lm_head.weight"} and not extra, (missing, extra)
    model.tie_weights()
    return model.to(dtype).eval().requires_grad_(False), AutoTokenizer.from_pretrained(kept)


def encoder(weights, dtype=torch.float32):
    """DINOv2; nothing may be missing or left over."""
    from transformers import Dinov2Model
    model, info = Dinov2Model.from_pretrained(Path(weights) / "dinov2", dtype=dtype, output_loading_info=True)
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
    return model.eval().requires_grad_(False)

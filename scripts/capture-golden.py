#!/usr/bin/env python3
"""Captures what the reference implementation computes for one image, for `latentlens verify --golden`.

Runs a LLaVA checkpoint in transformers, in float32, and writes into a folder: inputs.safetensors (token ids and
pixel values), expected.safetensors (every encoder block, the connector, every decoder block before the final
norm, the norm's output and the logits), and golden.json (the image, the prompt and the greedy caption).

Usage: capture-golden.py CHECKPOINT IMAGE PROMPT FOLDER
Needs: torch, transformers, tokenizers, safetensors, Pillow
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoImageProcessor, LlavaForConditionalGeneration

# Of the decoder's states only some rows are kept, which is enough to find a deviation.
ROWS = 16


def capture(model, ids, pixels):
    states = {}

    def keep(name):
        def hook(_, inputs, output):
            state = output[0] if isinstance(output, tuple) else output
            states[name] = state.reshape(-1, state.shape[-1]).detach().float().contiguous()

        return hook

    def before(name):
        def hook(_, inputs, kwargs):
            state = inputs[0] if inputs else kwargs["hidden_states"]
            states[name] = state[0].detach().float().contiguous()

        return hook

    language = model.model.language_model
    tower = getattr(model.model.vision_tower, "vision_model", model.model.vision_tower)
    for prefix, blocks in (("vision", tower.encoder.layers), ("hidden", language.layers)):
        blocks[0].register_forward_pre_hook(before(f"{prefix}.0"), with_kwargs=True)
        for number, block in enumerate(blocks):
            block.register_forward_hook(keep(f"{prefix}.{number + 1}"))
    language.norm.register_forward_hook(keep("hidden.norm"))
    model.model.multi_modal_projector.register_forward_hook(keep("connector"))
    with torch.no_grad():
        states["logits"] = model(input_ids=ids, pixel_values=pixels, use_cache=False).logits[0].contiguous()
    return states


def main(checkpoint, picture, prompt, folder):
    checkpoint, folder = Path(checkpoint), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = LlavaForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    processor = AutoImageProcessor.from_pretrained(checkpoint, backend="pil")
    image = Image.fromarray(np.asarray(Image.open(picture).convert("RGB")))
    pixels = torch.tensor(np.asarray(processor(images=image, return_tensors="np")["pixel_values"], np.float32))
    tower = model.config.vision_config
    before, after = prompt.split("<image>")
    placeholders = [model.config.image_token_index if hasattr(model.config, "image_token_index") else model.config.image_token_id] * (tower.image_size // tower.patch_size) ** 2
    ids = tokenizer.encode(before).ids + placeholders + tokenizer.encode(after, add_special_tokens=False).ids
    with torch.no_grad():
        generated = model.generate(input_ids=torch.tensor([ids]), pixel_values=pixels, max_new_tokens=64, do_sample=False)[0][len(ids):]
    states = capture(model, torch.tensor([ids]), pixels)
    rows = torch.linspace(0, len(ids) - 1, min(ROWS, len(ids))).round().long()
    for name in states:
        if name.startswith("hidden.") or name == "logits":
            states[name] = states[name][rows].contiguous()
    save_file({"token_ids": torch.tensor(ids), "pixel_values": pixels}, folder / "inputs.safetensors")
    save_file(dict(sorted(states.items())) | {"rows": rows}, folder / "expected.safetensors")
    golden = {"image": os.path.relpath(picture, folder), "prompt": prompt, "caption": tokenizer.decode(generated.tolist(), skip_special_tokens=True).strip(),
              "versions": {"torch": torch.__version__, "transformers": transformers.__version__}}
    (folder / "golden.json").write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""Tiny whole VLMs with awkward shapes, and every hidden state that transformers gives for them in float32.

Usage: python vlms.py [NAME ...]
"""

import json
import sys

import torch
from transformers import (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen3VLConfig, Qwen3VLForConditionalGeneration)

from common import HERE, Capture, roughen, write, write_json
from parity import TINY, folder_for, rename, strip, tokens

IMAGE = 150


def save(name, model, names=(), flat=False):
    """Stores a model as its publisher does: tensor names by rules, text keys at the top if flat."""
    folder = folder_for(name)
    model.save_pretrained(folder)
    strip(folder)
    if names:
        rename(folder, names)
    if flat:
        config = json.loads((folder / "config.json").read_text())
        text = config.pop("text_config")
        rope = text.pop("rope_parameters")
        text.pop("model_type")
        scaling = {"type": "mrope", "mrope_section": rope["mrope_section"]}
        write_json(folder / "config.json", text | config | {"rope_theta": rope["rope_theta"], "rope_scaling": scaling})
    return folder


def qwen_vl(name, note, kind, vision, text, rows, columns, names=(), flat=False, source=None, manifest=None):
    """One image of `rows` x `columns` patches among text; `source` takes another case's checkpoint, with a manifest that changes how it is read."""
    config_class, model_class = kind
    seed = sum(map(ord, source or name))
    torch.manual_seed(seed)
    config = config_class(vision_config=vision, text_config=text, image_token_id=IMAGE, video_token_id=149, vision_start_token_id=148, vision_end_token_id=147, attn_implementation="eager")
    model = roughen(model_class(config), seed)
    if source:
        folder = folder_for(name)
        write_json(folder / "model.json", {"name": name, "checkpoint": f"../{source}"} | manifest)
    else:
        folder = save(name, model, names, flat)
    expected = {}
    visual = model.model.visual
    Capture(visual.blocks, "vision", expected)
    visual.register_forward_hook(lambda _, inputs, output: expected.__setitem__("connector", output.pooler_output.detach().clone()))
    language = model.model.language_model
    capture = Capture(language.layers, "hidden", expected)
    capture.watch(language.norm, "hidden.norm")
    if (manifest or {}).get("shows_injections"):
        for number, block in enumerate(language.layers[1:], start=1):
            block.register_forward_pre_hook(lambda _, inputs, kwargs, number=number: expected.__setitem__(
                f"hidden.{number}", (inputs[0] if inputs else kwargs["hidden_states"])[0].detach().clone()), with_kwargs=True)
    count = rows * columns // 4
    ids = torch.cat([tokens(5, 147, seed), torch.tensor([148]), torch.full((count,), IMAGE), torch.tensor([147]), tokens(6, 147, seed + 1)])
    patch = config.vision_config.patch_size
    pixels = torch.randn(rows * columns, 3 * 2 * patch * patch, generator=torch.Generator().manual_seed(seed))
    grid = torch.tensor([[1, rows, columns]])
    inputs = {"token_ids": ids, "pixel_values": pixels, "image_grid_thw": grid}
    positions = {}
    if (manifest or {}).get("positions") == "sequential":
        positions = {"position_ids": torch.arange(len(ids)).expand(3, 1, -1)}
    with torch.no_grad():
        expected["logits"] = model(input_ids=ids[None], pixel_values=pixels, image_grid_thw=grid, mm_token_type_ids=(ids == IMAGE).long()[None], use_cache=False, **positions).logits[0].contiguous()
    expected["visual_positions"] = torch.arange(6, 6 + count)
    write(folder, inputs, expected, note)


QWEN2_VL = dict(
    kind=(Qwen2VLConfig, Qwen2VLForConditionalGeneration),
    vision=dict(depth=3, embed_dim=24, hidden_size=96, num_heads=3, mlp_ratio=3, patch_size=4, spatial_merge_size=2, temporal_patch_size=2),
    text=TINY | dict(hidden_size=96, head_dim=None, rope_parameters={"rope_type": "default", "rope_theta": 5000.0, "mrope_section": [2, 3, 3]}), rows=6, columns=10)
QWEN25_VL = QWEN2_VL | dict(
    kind=(Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration),
    vision=dict(depth=4, hidden_size=24, out_hidden_size=96, intermediate_size=37, num_heads=3, patch_size=4, spatial_merge_size=2, temporal_patch_size=2, window_size=19, fullatt_block_indexes=[2]))
QWEN3_VL = QWEN2_VL | dict(
    kind=(Qwen3VLConfig, Qwen3VLForConditionalGeneration),
    vision=dict(depth=4, hidden_size=24, out_hidden_size=48, intermediate_size=37, num_heads=3, patch_size=4, spatial_merge_size=2, temporal_patch_size=2, num_position_embeddings=25, deepstack_visual_indexes=[0, 2]),
    text=TINY | dict(head_dim=16, rope_parameters={"rope_type": "default", "rope_theta": 5000.0, "mrope_section": [4, 2, 2], "mrope_interleaved": True}))
PUBLISHED = [("model.language_model.", "model."), ("model.visual.", "visual.")]
NEWER = [("visual.", "model.visual."), ("model.visual.", "model.visual."), ("model.language_model.", "model.language_model."), ("model.", "model.language_model.")]

CASES = {
    "qwen2-vl-tiny": lambda n: qwen_vl(n, "6 x 10 patches merged 2 by 2, three axes of positions, as transformers 5 names the tensors", names=NEWER, **QWEN2_VL),
    "qwen2-vl-published": lambda n: qwen_vl(n, "as the publisher names tensors and keys", names=PUBLISHED, flat=True, **QWEN2_VL),
    "qwen2-vl-sequential": lambda n: qwen_vl(n, "visual tokens counted like text, as transformers before 5 did without a vision-start token", source="qwen2-vl-tiny", manifest={"positions": "sequential"}, **QWEN2_VL),
    "qwen2.5-vl-tiny": lambda n: qwen_vl(n, "windows of 2 x 2 tokens over 3 x 5, one block over the whole image, as the publisher names tensors and keys", names=PUBLISHED, flat=True, **QWEN25_VL),
    "qwen3-vl-tiny": lambda n: qwen_vl(n, "DeepStack after two blocks, interleaved axes, positions of 5 x 5 resampled to 6 x 10", **QWEN3_VL),
    "qwen3-vl-injected": lambda n: qwen_vl(n, "states shown with what DeepStack adds, as transformers before 5 had them", source="qwen3-vl-tiny", manifest={"shows_injections": True}, **QWEN3_VL),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case](case)
        print(case, flush=True)

"""Molmo and Molmo 2 in small. Molmo 2 is transformers' own; for Molmo, which transformers lacks, each step is computed directly.

Usage: python molmo.py [NAME ...]
"""

import json
import sys

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import Molmo2Config, Molmo2ForConditionalGeneration, Molmo2ImageProcessor, Qwen2Config, Qwen2ForCausalLM

from common import HERE, Capture, roughen, write, write_json
from parity import TINY, folder_for, strip, tokens

START, END, PATCH, COLUMN, LOW = 151, 152, 153, 154, 155


def layout(views, starts):
    """The image's tokens: each view row by row, a column token behind each row."""
    ids = []
    for (rows, columns), start in zip(views, starts):
        ids += [start] + ([PATCH] * columns + [COLUMN]) * rows + [END]
    return torch.tensor(ids)


def picture(height, width, seed):
    generator = numpy.random.default_rng(seed)
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=numpy.uint8))


def molmo2(name, note, height, width, published, **text):
    folder = folder_for(name)
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    config = Molmo2Config(
        vision_config=dict(hidden_size=24, intermediate_size=37, num_hidden_layers=4, num_attention_heads=3, num_key_value_heads=3, head_dim=8, image_size=[20, 20], patch_size=4),
        adapter_config=dict(hidden_size=24, num_attention_heads=3, num_key_value_heads=3, head_dim=8, intermediate_size=29, text_hidden_size=48, vision_feature_layer=[2, 0]),
        text_config={key: value for key, value in TINY.items() if not key.endswith("token_id")} | dict(additional_vocab_size=8) | text,
        image_start_token_id=START, image_end_token_id=END, image_patch_id=PATCH, low_res_image_start_token_id=LOW, attn_implementation="eager")
    model = roughen(Molmo2ForConditionalGeneration(config), seed)
    model.save_pretrained(folder)
    strip(folder)
    stored = json.loads((folder / "config.json").read_text()) | {"image_col_id": COLUMN}
    # transformers reads the two tables of the publisher, but writes two halves.
    weights = load_file(folder / "model.safetensors")
    table = model.model.language_model.embed_tokens.weight.detach()
    weights["model.transformer.wte.embedding"], weights["model.transformer.wte.new_embedding"] = table[:151].clone(), table[151:].clone()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    if published:
        # The publisher counts a block that it does not ship.
        vision = stored.pop("vision_config")
        for old, new in (("image_size", "image_default_input_size"), ("patch_size", "image_patch_size"), ("num_position_embeddings", "image_num_pos")):
            vision[new] = vision.pop(old)
        save_file({key: tensor for key, tensor in weights.items() if "resblocks.3." not in key}, folder / "model.safetensors", metadata={"format": "pt"})
        stored["vit_config"] = vision
        stored["adapter_config"]["vit_layers"] = [layer - 4 for layer in stored["adapter_config"].pop("vision_feature_layer")]
        model.model.vision_tower.layers = model.model.vision_tower.layers[:3]
    write_json(folder / "config.json", stored)
    processor = Molmo2ImageProcessor(size={"height": 20, "width": 20}, patch_size=4, overlap_margins=[1, 1], max_crops=6)
    processor.save_pretrained(folder)
    seen = processor(picture(height, width, seed), return_tensors="pt")
    grids = seen["image_grids"]
    low, high = grids[0, :2].tolist(), grids[0, 2:].tolist()
    expected = {}
    language = model.model.language_model
    capture = Capture(language.layers, "hidden", expected)
    capture.watch(language.norm, "hidden.norm")
    Capture(model.model.vision_tower.layers, "vision", expected)
    model.model.multi_modal_projector.register_forward_hook(lambda _, inputs, output: expected.__setitem__("connector", output.last_hidden_state.detach().clone()))
    image = layout([low, high], [LOW, START])
    ids = torch.cat([tokens(4, 147, seed), image, tokens(6, 147, seed + 1)])
    kinds = torch.zeros_like(ids)
    kinds[4 : 4 + len(image)] = 1
    with torch.no_grad():
        expected["logits"] = model(input_ids=ids[None], pixel_values=seen["pixel_values"], image_token_pooling=seen["image_token_pooling"], image_grids=grids, image_num_crops=seen["image_num_crops"], mm_token_type_ids=kinds[None], use_cache=False).logits[0].contiguous()
    # The embedding of what enters the first crop's first block, and of all others.
    expected["visual_positions"] = (ids == PATCH).nonzero()[:, 0]
    write(folder, {"token_ids": ids, "pixel_values": seen["pixel_values"].contiguous(), "image_grids": grids}, expected, note)


def molmo(name, note, rows, columns):
    """Crops of 8 x 8 patches that overlap by 2 and 2, in a raster of `rows` x `columns`; pools of 2 x 2 patches never cross two crops."""
    folder = folder_for(name)
    seed = sum(map(ord, name))
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    width, heads, head, inner, side, margin, patch = 24, 3, 8, 37, 8, 2, 4
    text = Qwen2Config(**(TINY | dict(hidden_size=48, head_dim=8, rope_parameters={"rope_type": "default", "rope_theta": 5000.0})), attn_implementation="eager")
    model = roughen(Qwen2ForCausalLM(text), seed)
    layers, vit_layers, classes = 4, [-2, -4], 8

    weights = {}

    def make(key, *shape, scale=None, centre=0.0):
        weights[key] = centre + torch.randn(shape, generator=generator) * (scale or shape[-1] ** -0.5)
        return weights[key]

    def linear(key, inputs, outputs, bias=True):
        make(f"{key}.weight", outputs, inputs)
        if bias:
            make(f"{key}.bias", outputs, scale=0.2)

    vit, back = "model.vision_backbone.image_vit.", "model.vision_backbone."
    make(f"{vit}class_embedding", width, scale=1.0)
    make(f"{vit}positional_embedding", side * side + 1, width, scale=1.0)
    linear(f"{vit}patch_embedding", 3 * patch * patch, width, bias=False)
    norms = [f"{vit}pre_ln"]
    for i in range(layers):
        block = f"{vit}transformer.resblocks.{i}."
        norms += [f"{block}attention_norm", f"{block}ffn_norm"]
        for key in ("wq", "wk", "wv"):
            linear(f"{block}attention.{key}", width, heads * head)
        linear(f"{block}attention.wo", heads * head, width)
        linear(f"{block}feed_forward.w1", width, inner)
        linear(f"{block}feed_forward.w2", inner, width)
    for norm in norms:
        make(f"{norm}.weight", width, scale=0.3, centre=1.0)
        make(f"{norm}.bias", width, scale=0.2)
    make(f"{back}pad_embed", 2, 2 * width, scale=1.0)
    for key in ("wq", "wk", "wv"):
        linear(f"{back}image_pooling_2d.{key}", 2 * width, heads * head)
    linear(f"{back}image_pooling_2d.wo", heads * head, width)
    linear(f"{back}image_projector.w1", width, text.intermediate_size, bias=False)
    linear(f"{back}image_projector.w3", width, text.intermediate_size, bias=False)
    linear(f"{back}image_projector.w2", text.intermediate_size, 48, bias=False)
    make("model.transformer.wte.new_embedding", classes, 48, scale=1.0)

    own = {key: value.detach() for key, value in model.state_dict().items()}
    weights["model.transformer.wte.embedding"] = own["model.embed_tokens.weight"]
    weights["model.transformer.ln_f.weight"] = own["model.norm.weight"]
    weights["model.transformer.ff_out.weight"] = own["lm_head.weight"]
    for i in range(text.num_hidden_layers):
        old, new = f"model.layers.{i}.", f"model.transformer.blocks.{i}."
        for kind in ("weight", "bias"):
            weights[f"{new}att_proj.{kind}"] = torch.cat([own[f"{old}self_attn.{key}_proj.{kind}"] for key in "qkv"])
        weights[f"{new}attn_out.weight"] = own[f"{old}self_attn.o_proj.weight"]
        weights[f"{new}ff_proj.weight"] = torch.cat([own[f"{old}mlp.up_proj.weight"], own[f"{old}mlp.gate_proj.weight"]])
        weights[f"{new}ff_out.weight"] = own[f"{old}mlp.down_proj.weight"]
        weights[f"{new}attn_norm.weight"] = own[f"{old}input_layernorm.weight"]
        weights[f"{new}ff_norm.weight"] = own[f"{old}post_attention_layernorm.weight"]
    save_file({key: value.contiguous() for key, value in weights.items()}, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", {
        "model_type": "molmo", "architectures": ["MolmoForCausalLM"], "hidden_size": 48, "intermediate_size": 2 * text.intermediate_size, "num_hidden_layers": text.num_hidden_layers,
        "num_attention_heads": 6, "num_key_value_heads": 2, "embedding_size": 151, "vocab_size": 151, "additional_vocab_size": classes, "qkv_bias": True, "layer_norm_eps": text.rms_norm_eps,
        "rope_theta": 5000.0, "max_position_embeddings": 256, "tie_word_embeddings": False, "vit_layers": vit_layers,
        "vision_backbone": {"image_emb_dim": width, "image_mlp_dim": inner, "image_num_layers": layers, "image_num_heads": heads, "image_head_dim": head, "image_default_input_size": [32, 32], "image_patch_size": patch}})
    write_json(folder / "preprocessor_config.json", {"image_processor_type": "MolmoImageProcessor", "base_image_input_size": [32, 32], "image_patch_size": patch, "overlap_margins": [margin, margin], "max_crops": 12})

    crops = 1 + rows * columns
    pixels = torch.randn(crops, side * side, 3 * patch * patch, generator=generator)
    pixels[2] = -1
    masks = torch.rand(crops, side * side, generator=generator).round(decimals=1)
    masks[:, ::3] = 1
    masks[-1] = -1

    def apply(key, x):
        return F.linear(x, weights[f"{key}.weight"], weights.get(f"{key}.bias"))

    def norm(key, x):
        return F.layer_norm(x, (width,), weights[f"{key}.weight"], weights[f"{key}.bias"], 1e-5)

    def attend(prefix, question, answers):
        q, k, v = (apply(f"{prefix}.{key}", x).unflatten(-1, (heads, head)).transpose(1, 2) for key, x in (("wq", question), ("wk", answers), ("wv", answers)))
        found = torch.softmax(q @ k.transpose(-1, -2) / head**0.5, dim=-1) @ v
        return apply(f"{prefix}.wo", found.transpose(1, 2).flatten(2))

    expected = {}
    x = apply(f"{vit}patch_embedding", pixels)
    x = torch.cat([weights[f"{vit}class_embedding"].expand(crops, 1, -1), x], dim=1) + weights[f"{vit}positional_embedding"]
    x = norm(f"{vit}pre_ln", x)
    states = []
    expected["vision.0"] = x.flatten(0, 1).contiguous()
    for i in range(layers):
        block = f"{vit}transformer.resblocks.{i}."
        h = norm(f"{block}attention_norm", x)
        x = x + attend(f"{block}attention", h, h)
        h = apply(f"{block}feed_forward.w1", norm(f"{block}ffn_norm", x))
        x = x + apply(f"{block}feed_forward.w2", h * torch.sigmoid(1.702 * h))
        states.append(x)
        expected[f"vision.{i + 1}"] = x.flatten(0, 1).contiguous()
    features = torch.cat([states[layer] for layer in vit_layers], dim=-1)[:, 1:]
    features = features * ~(pixels == -1).flatten(1).all(1)[:, None, None]
    wholly = masks == 0
    partly = (masks < 1) & ~wholly
    pad = weights[f"{back}pad_embed"]
    features = features + pad[0] * wholly[..., None] + pad[1] * partly[..., None]
    # Pools of a crop: [crops, 4, 4, 4 patches, width].
    pools = features.unflatten(1, (side // 2, 2, side // 2, 2)).transpose(2, 3).flatten(3, 4)
    flat = pools.flatten(0, 2)
    pooled = attend(f"{back}image_pooling_2d", flat.mean(1, keepdim=True), flat)[:, 0]
    projected = apply(f"{back}image_projector.w2", F.silu(apply(f"{back}image_projector.w1", pooled)) * apply(f"{back}image_projector.w3", pooled))
    grid = projected.unflatten(0, (crops, side // 2, side // 2))

    def kept(index, count):
        """The pools of a crop that stand for themselves, by its place in a row of crops."""
        return slice(0 if index == 0 else margin // 2, side // 2 if index == count - 1 else side // 2 - margin // 2)

    canvas = torch.cat([torch.cat([grid[1 + r * columns + c][kept(r, rows), kept(c, columns)] for c in range(columns)], dim=1) for r in range(rows)], dim=0)
    views = [grid[0], canvas]
    visual = torch.cat([view.flatten(0, 1) for view in views])
    expected["connector"] = visual.contiguous()
    ids = torch.cat([tokens(4, 147, seed), layout([view.shape[:2] for view in views], [START, START]), tokens(6, 147, seed + 1)])
    table = torch.cat([own["model.embed_tokens.weight"], weights["model.transformer.wte.new_embedding"]])
    embeddings = table[ids]
    positions = (ids == PATCH).nonzero()[:, 0]
    embeddings[positions] += visual
    capture = Capture(model.model.layers, "hidden", expected)
    capture.watch(model.model.norm, "hidden.norm")
    with torch.no_grad():
        expected["logits"] = model(inputs_embeds=embeddings[None], use_cache=False).logits[0].contiguous()
    expected["visual_positions"] = positions
    height, width_ = canvas.shape[:2]
    write(folder, {"token_ids": ids, "pixel_values": pixels, "image_masks": masks, "image_grids": torch.tensor([[side // 2, side // 2, height, width_]])}, expected, note)


CASES = {
    "molmo2-tiny": lambda n: molmo2(n, "crops of 5 x 5 patches in 3 x 2, pools that cross crops and reach beyond edges, tokens that see each other, as the publisher names tensors and keys", 41, 23, True,
                                    rope_parameters={"rope_type": "default", "rope_theta": 5000.0}, attention_bias=True),
    "molmo2-olmo": lambda n: molmo2(n, "norms after, queries and keys normed over all channels, YaRN in some blocks", 22, 47, False, norm_after=True, qk_norm_type="olmo", rope_scaling_layers=[1],
                                    rope_parameters={"rope_type": "yarn", "rope_theta": 5000.0, "factor": 4.0, "original_max_position_embeddings": 16}),
    "molmo-tiny": lambda n: molmo(n, "2 x 3 crops of 8 x 8 patches, padding embeddings, a blank crop; directly in torch", 2, 3),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case](case)
        print(case, flush=True)

"""Tiny whole VLMs with awkward shapes, and every hidden state that transformers gives for them in float32.

Usage: python vlms.py [NAME ...]
"""

import json
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForCausalLM, CLIPVisionConfig, Idefics3Config, LlamaConfig, LlavaNextConfig, LlavaNextForConditionalGeneration, LlavaNextImageProcessor, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen3VLConfig, Qwen3VLForConditionalGeneration)

from transformers.models.idefics3.modeling_idefics3 import Idefics3Connector
from transformers.models.llava_next.modeling_llava_next import select_best_resolution

from common import HERE, Capture, roughen, versions, write, write_json
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


def qwen_vl(name, note, kind, vision, text, rows, columns, names=(), flat=False, source=None, manifest=None, more=()):
    """Images of `rows` x `columns` patches, and of those in `more`, among text; `source` takes another case's checkpoint, with a manifest that may change how it is read."""
    config_class, model_class = kind
    seed = sum(map(ord, source or name))
    torch.manual_seed(seed)
    config = config_class(vision_config=vision, text_config=text, image_token_id=IMAGE, video_token_id=149, vision_start_token_id=148, vision_end_token_id=147, attn_implementation="eager")
    model = roughen(model_class(config), seed)
    if source:
        folder = folder_for(name)
        write_json(folder / "model.json", {"name": name, "checkpoint": f"../{source}"} | (manifest or {}))
    else:
        folder = save(name, model, names, flat)
        write_json(folder / "preprocessor_config.json", {"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 1024, "max_pixels": 8192, "patch_size": 4, "merge_size": 2, "temporal_patch_size": 2})
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
    grids = [(rows, columns), *more]
    pieces = [tokens(5, 147, seed)]
    for number, (height, width) in enumerate(grids, start=1):
        after = tokens(6 if number == len(grids) else 3, 147, seed + number)
        pieces += [torch.tensor([148]), torch.full((height * width // 4,), IMAGE), torch.tensor([147]), after]
    ids = torch.cat(pieces)
    patch = config.vision_config.patch_size
    pixels = torch.randn(sum(height * width for height, width in grids), 3 * 2 * patch * patch, generator=torch.Generator().manual_seed(seed))
    grid = torch.tensor([[1, height, width] for height, width in grids])
    inputs = {"token_ids": ids, "pixel_values": pixels, "image_grid_thw": grid}
    positions = {}
    if (manifest or {}).get("positions") == "sequential":
        positions = {"position_ids": torch.arange(len(ids)).expand(3, 1, -1)}
    with torch.no_grad():
        expected["logits"] = model(input_ids=ids[None], pixel_values=pixels, image_grid_thw=grid, mm_token_type_ids=(ids == IMAGE).long()[None], use_cache=False, **positions).logits[0].contiguous()
    expected["visual_positions"] = (ids == IMAGE).nonzero()[:, 0]
    write(folder, inputs, expected, note)


def llava_next(name, note, height, width, names):
    """A picture of `height` x `width` pixels in tiles of 42, the best of four resolutions."""
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(hidden_size=40, intermediate_size=70, num_hidden_layers=4, num_attention_heads=5, image_size=42, patch_size=14, projection_dim=16)
    pinpoints = [[42, 84], [84, 42], [84, 84], [42, 126]]
    config = LlavaNextConfig(vision_config=vision, text_config=LlamaConfig(**TINY), image_token_index=IMAGE, image_grid_pinpoints=pinpoints, attn_implementation="eager")
    model = roughen(LlavaNextForConditionalGeneration(config), seed)
    folder = save(name, model, names)
    processor = LlavaNextImageProcessor(size={"shortest_edge": 42}, crop_size={"height": 42, "width": 42}, image_grid_pinpoints=pinpoints)
    processor.save_pretrained(folder)
    rows, columns = [size // 42 for size in select_best_resolution((height, width), pinpoints)]
    pixels = torch.randn(1, 1 + rows * columns, 3, 42, 42, generator=torch.Generator().manual_seed(seed))
    expected = {}
    language = model.model.language_model
    capture = Capture(language.layers, "hidden", expected)
    capture.watch(language.norm, "hidden.norm")
    Capture(model.model.vision_tower.encoder.layers if hasattr(model.model.vision_tower, "encoder") else model.model.vision_tower.vision_model.encoder.layers, "vision", expected)
    pack = model.model.pack_image_features

    def packed(*arguments, **keywords):
        features, lengths = pack(*arguments, **keywords)
        expected["connector"] = features[0].detach().clone()
        return features, lengths

    model.model.pack_image_features = packed
    sizes = torch.tensor([[height, width]])
    with torch.no_grad():
        model.model.get_image_features(pixels, sizes)
    count = len(expected["connector"])
    ids = torch.cat([tokens(5, 147, seed), torch.full((count,), IMAGE), tokens(6, 147, seed + 1)])
    with torch.no_grad():
        expected["logits"] = model(input_ids=ids[None], pixel_values=pixels, image_sizes=sizes, use_cache=False).logits[0].contiguous()
    expected["visual_positions"] = torch.arange(5, 5 + count)
    write(folder, {"token_ids": ids, "pixel_values": pixels[0], "image_sizes": sizes}, expected, note)


def shuffler(width, out, factor, seed):
    config = Idefics3Config(vision_config=dict(hidden_size=width, num_attention_heads=5), text_config=TINY | dict(hidden_size=out, model_type="llama"), scale_factor=factor)
    torch.manual_seed(seed)
    return roughen(Idefics3Connector(config), seed)


def pixel_shuffle(name, note, width, side, factor):
    """Idefics 3's connector (SmolVLM's, too) on random features of two pictures: squares of `factor` by `factor` patches become channels, then one layer without bias."""
    folder = folder_for(name)
    seed = sum(map(ord, name))
    connector = shuffler(width, 48, factor, seed)
    features = torch.randn(2, side * side, width, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        shuffled = connector.pixel_shuffle(features, factor)
        projected = connector(features)
    # Channel (dy * factor + dx) * width + c of the square at (row, column) is channel c of the patch at (factor * row + dy, factor * column + dx).
    squares = features.unflatten(1, (side // factor, factor, side // factor, factor)).transpose(2, 3).flatten(3, 5).flatten(1, 2)
    assert torch.equal(squares, shuffled)
    save_file({f"model.connector.{key}": value.contiguous() for key, value in connector.state_dict().items()}, folder / "connector.safetensors")
    write_json(folder / "config.json", {"model_type": "idefics3", "scale_factor": factor, "vision_config": {"hidden_size": width}, "text_config": {"model_type": "llama", "hidden_size": 48}})
    save_file({"features": features}, folder / "inputs.safetensors")
    save_file({"shuffled": shuffled.contiguous(), "connector": projected.contiguous()}, folder / "expected.safetensors")
    write_json(folder / "meta.json", {"note": note} | versions())


class VisualVocabulary(torch.nn.Module):
    """A norm, a reduction, and two layers, which see each square beside the mean of the 3 x 3 around it; the softmax over what they tell, and the mixture of a table's vectors, with one for the place."""

    def __init__(self, width, reduced, inner, words, tokens, out):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width, eps=1e-6)
        self.reduction = torch.nn.Linear(width, reduced, bias=False)
        self.around = torch.nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.linear_1, self.linear_2 = torch.nn.Linear(2 * reduced, inner), torch.nn.Linear(inner, words)
        self.table = torch.nn.Linear(words, out, bias=False)
        self.positions = torch.nn.Embedding(tokens, out)

    def forward(self, x):
        x = self.reduction(self.norm(x))
        side = int(x.shape[1] ** 0.5)
        near = self.around(x.unflatten(1, (side, side)).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(1, 2)
        shares = self.linear_2(torch.nn.functional.gelu(self.linear_1(torch.cat([x, near], -1)))).softmax(-1)
        return self.table(shares) + self.positions.weight


def visual_vocabulary(name, note, width, side, factor, reduced, inner, words):
    """It behind Idefics 3's own arrangement of patches."""
    folder = folder_for(name)
    seed = sum(map(ord, name))
    torch.manual_seed(seed)
    connector = roughen(VisualVocabulary(width * factor * factor, reduced, inner, words, (side // factor) ** 2, 48), seed)
    features = torch.randn(2, side * side, width, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        projected = connector(shuffler(width, 48, factor, seed).pixel_shuffle(features, factor))
    save_file({key: value.contiguous() for key, value in connector.state_dict().items()}, folder / "connector.safetensors")
    save_file({"features": features}, folder / "inputs.safetensors")
    save_file({"connector": projected.contiguous()}, folder / "expected.safetensors")
    write_json(folder / "meta.json", {"note": note} | versions())


def pixel_shuffle_parts(name, note, decoder="llama-gqa", normed=False):
    """The same connector between an encoder and a decoder of other fixtures; `normed` behind the encoder's norm."""
    folder = folder_for(name)
    seed = sum(map(ord, name))
    root = HERE / "parity"
    encoder = load_file(root / "clip-published" / "expected.safetensors")
    pixels = load_file(root / "clip-published" / "inputs.safetensors")["pixel_values"]
    connector = shuffler(40, 48, 2, seed)
    save_file({f"model.connector.{key}": value.contiguous() for key, value in connector.state_dict().items()}, folder / "connector.safetensors")
    expected = {key: encoder[key] for key in encoder if key != "vision.norm"}
    with torch.no_grad():
        visual = connector(encoder["vision.norm" if normed else "vision.2"][None, 1:])[0]
    expected["connector"] = visual.contiguous()
    model = AutoModelForCausalLM.from_pretrained(root / decoder, attn_implementation="eager").eval()
    ids = torch.cat([tokens(3, 150, 5), torch.full((len(visual),), IMAGE), tokens(4, 150, 6)])
    capture = Capture(model.model.layers, "hidden", expected)
    capture.watch(model.model.norm, "hidden.norm")
    embeddings = model.get_input_embeddings()(ids).detach()
    embeddings[3 : 3 + len(visual)] = visual
    with torch.no_grad():
        expected["logits"] = model(inputs_embeds=embeddings[None], use_cache=False).logits[0].contiguous()
    expected["visual_positions"] = torch.arange(3, 3 + len(visual))
    write(folder, {"token_ids": ids, "pixel_values": pixels}, expected, note)
    write_json(folder / "model.json", {
        "name": name, "encoder": {"weights": "../clip-published", "layers": [-1] if normed else [2]} | ({"final_norm": True} if normed else {}), "decoder": {"weights": f"../{decoder}"},
        "connector": {"adapter": "pixel-shuffle", "weights": "connector.safetensors", "configuration": {"scale_factor": 2}, "combination": "replace", "placeholder": IMAGE}})


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

LLAVA_NEXT = [("model.language_model.", "language_model.model."), ("lm_head.", "language_model.lm_head."), ("vision_tower.", "vision_tower.vision_model."), ("model.image_newline", "image_newline"), ("model.multi_modal_projector.", "multi_modal_projector."),
              ("model.vision_tower.", "vision_tower.vision_model.")]

CASES = {
    "llava-next-wide": lambda n: llava_next(n, "a picture of 20 x 149 in 1 x 3 tiles, rows of padding taken off, as publishers name the tensors", 20, 149, LLAVA_NEXT),
    "llava-next-tall": lambda n: llava_next(n, "a picture of 97 x 30 in 2 x 1 tiles, columns of padding taken off, as transformers 5 names the tensors", 97, 30, ()),
    "pixel-shuffle": lambda n: pixel_shuffle(n, "two pictures of 6 x 6 patches, squares of 2 x 2", 40, 6, 2),
    "pixel-shuffle-3": lambda n: pixel_shuffle(n, "two pictures of 6 x 6 patches, squares of 3 x 3", 20, 6, 3),
    "pixel-shuffle-parts": lambda n: pixel_shuffle_parts(n, "4 x 4 patches of a CLIP as 2 x 2 tokens of a LLaMA, put together by a manifest"),
    "pixel-shuffle-normed": lambda n: pixel_shuffle_parts(n, "the same behind the encoder's final norm", normed=True),
    "visual-vocabulary": lambda n: visual_vocabulary(n, "two pictures of 6 x 6 patches, squares of 2 x 2, told apart in 11 words", 20, 6, 2, 29, 37, 11),
    "granite-parts": lambda n: pixel_shuffle_parts(n, "4 x 4 patches of a CLIP as 2 x 2 tokens of a Granite, which multiplies them like its own embeddings", "granite-tiny"),
    "qwen2-vl-tiny": lambda n: qwen_vl(n, "6 x 10 patches merged 2 by 2, three axes of positions, as transformers 5 names the tensors", names=NEWER, **QWEN2_VL),
    "qwen2-vl-published": lambda n: qwen_vl(n, "as the publisher names tensors and keys", names=PUBLISHED, flat=True, **QWEN2_VL),
    "qwen2-vl-sequential": lambda n: qwen_vl(n, "visual tokens counted like text, as transformers before 5 did without a vision-start token", source="qwen2-vl-tiny", manifest={"positions": "sequential"}, **QWEN2_VL),
    "qwen2.5-vl-tiny": lambda n: qwen_vl(n, "windows of 2 x 2 tokens over 3 x 5, one block over the whole image, as the publisher names tensors and keys", names=PUBLISHED, flat=True, **QWEN25_VL),
    "qwen2-vl-two": lambda n: qwen_vl(n, "two pictures, of 6 x 10 and 8 x 4 patches, text before, between and behind", source="qwen2-vl-tiny", more=[(8, 4)], **QWEN2_VL),
    "qwen3-vl-tiny": lambda n: qwen_vl(n, "DeepStack after two blocks, interleaved axes, positions of 5 x 5 resampled to 6 x 10", **QWEN3_VL),
    "qwen3-vl-injected": lambda n: qwen_vl(n, "states shown with what DeepStack adds, as transformers before 5 had them", source="qwen3-vl-tiny", manifest={"shows_injections": True}, **QWEN3_VL),
    "qwen3-vl-two": lambda n: qwen_vl(n, "DeepStack for two pictures, of 6 x 10 and 8 x 4 patches", source="qwen3-vl-tiny", more=[(8, 4)], **QWEN3_VL),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case](case)
        print(case, flush=True)

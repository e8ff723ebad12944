"""The method's nine VLMs in small: three decoders by three encoders, each with a connector file as its authors publish it.

transformers has no class for these, so each step is computed directly, from the facts of the method's reference implementation; encoders and decoders are
transformers' own. Usage: python paper.py [NAME ...]
"""

import sys

import torch
from safetensors.torch import load_file
from torch.nn import functional as F
from transformers import CLIPVisionModel, Dinov2Model, LlamaForCausalLM, Olmo2ForCausalLM, Qwen2ForCausalLM, SiglipVisionModel

from common import HERE, Capture, write, write_json
from parity import folder_for, tokens

ROOT = HERE / "parity"
NEW_TOKENS = 8

# Checkpoint, class, side of the image, layers that feed the connector, what the manifest overrides.
ENCODERS = {
    "clip": ("clip-tiny", CLIPVisionModel, 70, [2, 1], {}),
    "dino": ("dinov2-tiny", Dinov2Model, 42, [3, 1], {"interpolate_offset": 0.1}),
    "siglip": ("siglip-tiny", SiglipVisionModel, 72, [2, 0], {}),
}
# Checkpoint, class, the first of the tokens around the image, what the manifest overrides.
DECODERS = {
    "llama": ("llama-gqa", LlamaForCausalLM, 151, {"rms_norm_eps": 1e-6}),
    "olmo": ("olmo2-tiny", Olmo2ForCausalLM, 140, {}),
    "qwen": ("qwen2-tiny", Qwen2ForCausalLM, 151, {}),
}


def encode(kind, pixels, expected):
    """Every layer of an encoder; DINO's positions are resampled as if the raster were larger by a tenth of a patch."""
    checkpoint, model_class, _, _, _ = ENCODERS[kind]
    model = model_class.from_pretrained(ROOT / checkpoint, attn_implementation="eager").eval()
    if kind == "dino":
        embeddings = model.embeddings
        side = pixels.shape[-1] // embeddings.patch_size
        table = embeddings.position_embeddings.detach()
        stored = int((table.shape[1] - 1) ** 0.5)
        scale = (side + 0.1) / stored
        grid = table[0, 1:].T.reshape(1, -1, stored, stored)
        grid = F.interpolate(grid, scale_factor=(scale, scale), mode="bicubic", align_corners=False)
        assert grid.shape[-1] == side
        resampled = torch.cat([table[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)
        embeddings.interpolate_pos_encoding = lambda *_: resampled
    tower = getattr(model, "vision_model", model)
    blocks = tower.encoder
    Capture(getattr(blocks, "layers", None) or blocks.layer, "vision", expected)
    with torch.no_grad():
        model(pixel_values=pixels)


def paper(name, decoder, encoder, note, mask=None, blank=False):
    folder = folder_for(name)
    seed = sum(map(ord, name))
    generator = torch.Generator().manual_seed(seed)
    eyes, _, side, layers, eye_changes = ENCODERS[encoder]
    words, word_class, first, word_changes = DECODERS[decoder]
    pixels = torch.full((1, 3, side, side), -1.0) if blank else torch.randn(1, 3, side, side, generator=generator)
    expected = {}
    encode(encoder, pixels, expected)
    prefix = 0 if encoder == "siglip" else 1
    features = torch.cat([expected[f"vision.{layer}"][prefix:] for layer in layers], dim=-1)
    if blank:
        features = features * 0
    width, patches = features.shape[1], features.shape[0]

    model = word_class.from_pretrained(ROOT / words, attn_implementation="eager", **word_changes).eval()
    d, inner = model.config.hidden_size, 85
    weights = {"transformer.wte.new_embedding": (NEW_TOKENS, d), "vision_backbone.pad_embed": (2, width), "vision_backbone.image_projector.w1.weight": (inner, width),
               "vision_backbone.image_projector.w2.weight": (d, inner), "vision_backbone.image_projector.w3.weight": (inner, width)}
    weights = {key: torch.randn(shape, generator=generator) / (1 if "embed" in key else shape[1] ** 0.5) for key, shape in weights.items()}
    torch.save(weights, folder / "connector.pt")

    inputs = {"pixel_values": pixels}
    if mask:
        shares = torch.tensor([mask[i % len(mask)] for i in range(patches)])
        inputs["image_masks"] = shares
        pad = weights["vision_backbone.pad_embed"]
        features = features + pad[0] * (shares == 0)[:, None] + pad[1] * ((shares > 0) & (shares < 1))[:, None]
    projector = {key: weights[f"vision_backbone.image_projector.{key}.weight"] for key in ("w1", "w2", "w3")}
    visual = (F.silu(features @ projector["w1"].T) * (features @ projector["w3"].T)) @ projector["w2"].T
    expected["connector"] = visual.contiguous()

    start, end, patch, column = range(first, first + 4)
    grid = int(patches**0.5)
    image = [start] + ([patch] * grid + [column]) * grid + [end]
    ids = torch.cat([tokens(1, 140, seed), torch.tensor(image), tokens(6, 140, seed + 1)])
    positions = (ids == patch).nonzero()[:, 0]
    table = torch.cat([model.get_input_embeddings().weight.detach(), weights["transformer.wte.new_embedding"]])
    embeddings = table[ids]
    embeddings[positions] += visual
    capture = Capture(model.model.layers, "hidden", expected)
    capture.watch(model.model.norm, "hidden.norm")
    with torch.no_grad():
        expected["logits"] = model(inputs_embeds=embeddings[None], use_cache=False).logits[0].contiguous()
    expected["visual_positions"] = positions
    write(folder, {"token_ids": ids} | inputs, expected, note)
    write_json(folder / "model.json", {
        "name": name,
        "encoder": {"weights": f"../{eyes}", "layers": layers} | ({"configuration": eye_changes} if eye_changes else {}),
        "connector": {"adapter": "latentlens", "weights": "connector.pt", "combination": "add", "placeholder": patch,
                      "configuration": {"intermediate_size": inner, "additional_vocab_size": NEW_TOKENS, "image_start_token": start, "image_end_token": end, "image_column_token": column}},
        "decoder": {"weights": f"../{words}"} | ({"configuration": word_changes} if word_changes else {})}
        # What the masks mean is known to the processor that makes them.
        | ({"preprocessing": {"image_processor_type": "LetterboxImageProcessor", "size": side, "patch_size": 14}} if mask else {}))


def case(decoder, encoder):
    if encoder == "clip":
        return lambda n: paper(n, decoder, encoder, "padding embeddings of a letterboxed image", mask=[0.0, 0.4, 1.0, 1.0, 0.999])
    if encoder == "dino":
        return lambda n: paper(n, decoder, encoder, "positions of 5 x 5 resampled to 3 x 3 by 3.1 / 5")
    return lambda n: paper(n, decoder, encoder, "layers 2 and 0 side by side")


CASES = {f"paper-{decoder}-{encoder}": case(decoder, encoder) for decoder in DECODERS for encoder in ENCODERS}
CASES["paper-blank"] = lambda n: paper(n, "qwen", "siglip", "a black image, every value -1, whose features count as padding", blank=True)

if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        CASES[name](name)
        print(name, flush=True)

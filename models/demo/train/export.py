"""Writes the trained parts as one LLaVA checkpoint in Hugging Face layout, with its samples and corpus.

Usage: python export.py CACHE OUT [untrained]     (with `untrained`, the control: the connector as it began)
"""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPVisionModel, LlamaForCausalLM

import language
import scenes
import tokens
import world
from connector import untrained

PROMPT = "<im_start><image><im_end>"
# Numbers beyond all splits, chosen for variety of subject, not for how well they are read.
SAMPLES = {
    "harbour": (300_015, 448, 448), "village": (300_010, 448, 448), "meadow": (300_012, 448, 448), "winter": (300_019, 448, 448),
    "evening": (300_017, 448, 448), "night": (300_013, 448, 448), "coast": (300_006, 640, 448), "orchard": (300_011, 448, 600),
}


def weights(cache, is_control):
    """All tensors under the names that publishers of LLaVA 1.5 ship."""
    named = {}
    decoder = LlamaForCausalLM.from_pretrained(cache / "decoder")
    joined = untrained(decoder).state_dict() if is_control else torch.load(cache / "connector.pt", weights_only=True)
    for name, tensor in CLIPVisionModel.from_pretrained(cache / "encoder").state_dict().items():
        if not name.endswith("position_ids"):
            named["vision_tower." + (name if name.startswith("vision_model.") else "vision_model." + name)] = tensor
    for name, tensor in joined.items():
        named["multi_modal_projector." + name] = tensor
    for name, tensor in decoder.state_dict().items():
        named["language_model." + name] = tensor
    return {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in sorted(named.items())}


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def configuration(cache):
    vision = json.loads((cache / "encoder" / "config.json").read_text())
    text = json.loads((cache / "decoder" / "config.json").read_text())
    keep_vision = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size", "patch_size", "hidden_act", "layer_norm_eps", "projection_dim", "num_channels"]
    keep_text = ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "max_position_embeddings", "rms_norm_eps", "hidden_act", "bos_token_id", "eos_token_id", "tie_word_embeddings"]
    return {
        "architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "image_token_index": tokens.IMAGE,
        "projector_hidden_act": "gelu", "vision_feature_layer": -2, "vision_feature_select_strategy": "default",
        "torch_dtype": "bfloat16", "tie_word_embeddings": False,
        "vision_config": {"model_type": "clip_vision_model"} | {k: vision[k] for k in keep_vision if k in vision},
        "text_config": {"model_type": "llama", "rope_theta": 10000.0} | {k: text[k] for k in keep_text if k in text},
    }


def corpus(cache, count=2500):
    """Sentences and phrases of the index: every piece of knowledge, then captions, cut at their commas.

    Stops and commas of their own would crowd out words that mean something.
    """
    texts = pickle.loads((cache / "texts.pickle").read_bytes())
    rng = np.random.default_rng(5)
    lines = [language.knowledge(rng) for _ in range(600)]
    lines += [texts[i] for i in rng.permutation(len(texts))[:count]]
    pieces = [piece.strip() for line in lines for sentence in line.split(".") for piece in sentence.split(",")]
    return "\n".join(dict.fromkeys(piece for piece in pieces if piece.count(" ") >= 2)) + "\n"


def overlap(cells, start, size, length):
    """The share of each cell that falls on each pixel of one axis: [cells, length]."""
    pixels, low = np.arange(length), start + size * np.arange(cells)[:, None]
    return np.clip(np.minimum(pixels + 1, low + size) - np.maximum(pixels, low), 0, None) / size


def truth(made):
    """What each visual token shows: its square on the original picture, through the resize and the centre crop."""
    sides = made.labels.shape
    axes = []
    for length in sides:
        resized = int(scenes.SIDE * length / min(sides))
        scale = length / resized
        axes.append(overlap(scenes.GRID, (resized - scenes.SIDE) // 2 * scale, scenes.PATCH * scale, length))
    shares = np.einsum("ry,cx,yxl->rcl", *axes, np.eye(len(world.LABELS))[made.labels], optimize=True)
    names = [[world.LABELS[i] for i in row] for row in shares.argmax(-1)]
    return {"rows": scenes.GRID, "columns": scenes.GRID, "labels": names, "coverage": [[round(float(c), 3) for c in row] for row in shares.max(-1)],
            "accepted": {name: language.ACCEPTED[name] for name in sorted({n for row in names for n in row})}}


def main(cache, out, is_control=False):
    cache, out = Path(cache), Path(out)
    for folder in ("images", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    save_file(weights(cache, is_control), out / "model.safetensors", metadata={"format": "pt"})
    write_json(out / "config.json", configuration(cache))
    write_json(out / "generation_config.json", {"bos_token_id": tokens.BOS, "eos_token_id": tokens.EOS})
    write_json(out / "preprocessor_config.json", {
        "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": True, "do_resize": True, "size": {"shortest_edge": scenes.SIDE}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": scenes.SIDE, "width": scenes.SIDE}, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]})
    write_json(out / "processor_config.json", {
        "processor_class": "LlavaProcessor", "image_token": "<image>", "patch_size": scenes.PATCH, "num_additional_image_tokens": 1,
        "vision_feature_select_strategy": "default"})
    (out / "tokenizer.json").write_bytes((cache / "tokenizer.json").read_bytes())
    write_json(out / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>", "pad_token": "<pad>", "image_token": "<image>"})
    (out / "corpus.txt").write_text(corpus(cache))
    for name, (number, width, height) in SAMPLES.items():
        made = scenes.scene(number, width, height)
        made.picture.save(out / "images" / f"{name}.jpg", quality=92, subsampling=0)
        write_json(out / "truth" / f"{name}.json", truth(made))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:] == ["untrained"])

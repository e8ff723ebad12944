"""A tiny Mosaic with awkward shapes: the encoder and the decoder are transformers', the picture is cut by Pillow, and what joins them is computed directly.

Usage: python make-mosaic.py     (what to install: ../../Tests/Fixtures/README.md)
"""

import shutil
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, SiglipVisionConfig, SiglipVisionModel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "Tests" / "Fixtures"))
from common import Capture, roughen, write, write_json  # noqa: E402

SIDE, PATCH, PIECES, IMAGE = 42, 14, 4, 150
folder = HERE / "Fixtures" / "mosaic"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
torch.manual_seed(1)
generator = torch.Generator().manual_seed(2)

vision = roughen(SiglipVisionModel(SiglipVisionConfig(hidden_size=36, intermediate_size=53, num_hidden_layers=3, num_attention_heads=3, image_size=SIDE, patch_size=PATCH, vision_use_head=False,
                                                      attn_implementation="eager")), 1)
language = roughen(LlamaForCausalLM(LlamaConfig(vocab_size=151, hidden_size=48, intermediate_size=85, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=256,
                                                rope_parameters={"rope_type": "default", "rope_theta": 5000.0}, bos_token_id=1, eos_token_id=2, attn_implementation="eager")), 2)
connector = {"projection.weight": torch.randn(48, 36, generator=generator) / 6, "projection.bias": torch.randn(48, generator=generator) / 5, "pieces.weight": torch.randn(PIECES, 48, generator=generator)}
parts = {"vision": vision.state_dict(), "language": language.state_dict(), "connector": connector}
save_file({f"{part}.{name}": tensor.contiguous() for part, tensors in parts.items() for name, tensor in tensors.items()}, folder / "model.safetensors", metadata={"format": "pt"})
write_json(folder / "config.json", {"model_type": "mosaic", "image_token_id": IMAGE, "maximum_pieces": PIECES, "vision_config": vision.config.to_dict(), "text_config": language.config.to_dict()})
write_json(folder / "preprocessor_config.json", {"image_processor_type": "MosaicImageProcessor", "piece_size": SIDE, "resample": 3, "image_mean": [0.5, 0.4, 0.6], "image_std": [0.5, 0.25, 0.3]})

# A picture of soft colours, not far from square: four pieces.
height, width, rows, columns = 61, 83, 2, 2
y, x = numpy.mgrid[0:height, 0:width]
picture = Image.fromarray(numpy.stack([x * 3, y * 4, 127 + 120 * numpy.sin(x / 5) * numpy.cos(y / 7)], -1).clip(0, 255).astype(numpy.uint8))
picture.save(folder / "picture.png")
whole = torch.tensor(numpy.asarray(picture.resize((columns * SIDE, rows * SIDE), Image.Resampling.BICUBIC))).permute(2, 0, 1).float() / 255
whole = (whole - torch.tensor([0.5, 0.4, 0.6])[:, None, None]) / torch.tensor([0.5, 0.25, 0.3])[:, None, None]
pixels = torch.stack([whole[:, r * SIDE : (r + 1) * SIDE, c * SIDE : (c + 1) * SIDE] for r in range(rows) for c in range(columns)])

expected = {}
tower = getattr(vision, "vision_model", vision)
Capture(tower.encoder.layers, "vision", expected)
with torch.no_grad():
    vision(pixel_values=pixels)
side = SIDE // PATCH
tokens = expected["vision.3"].reshape(rows * columns, side, side, -1) @ connector["projection.weight"].T + connector["projection.bias"] + connector["pieces.weight"][: rows * columns, None, None]
# Each row of patches runs over all pieces that stand beside each other.
tokens = tokens.reshape(rows, columns, side, side, -1).transpose(1, 2).flatten(0, 3)
expected["connector"] = tokens.contiguous()
ids = torch.cat([torch.randint(3, 150, (4,), generator=generator), torch.full((len(tokens),), IMAGE), torch.randint(3, 150, (6,), generator=generator)])
embeddings = language.get_input_embeddings().weight.detach()[ids]
embeddings[ids == IMAGE] = tokens
Capture(language.model.layers, "hidden", expected).watch(language.model.norm, "hidden.norm")
with torch.no_grad():
    expected["logits"] = language(inputs_embeds=embeddings[None], use_cache=False).logits[0].contiguous()
write(folder, {"token_ids": ids, "pixel_values": pixels.contiguous(), "mosaic_raster": torch.tensor([[rows, columns]])}, expected, "four pieces of three by three patches, put together row by row")
write_json(folder / "golden.json", {"image": "picture.png"})

"""What the processors that cut pictures, or resample them with torch, make of the awkward ones among the pictures.

transformers where it has a class; for the method's own VLMs and for Molmo, torch and torchvision directly, from the facts of their reference implementations.
Usage: python crops.py
"""

import shutil

import numpy as np
import torch
import torchvision
import transformers
from PIL import Image, ImageOps
from safetensors.torch import save_file
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize
from transformers import AutoImageProcessor

from common import HERE, versions, write_json

FOLDER = HERE / "crops"
PICTURES = HERE / "images"
NAMES = ("rgb.png", "rgba.png", "gray.png", "long.png", "tall.png", "three-pixels.png", "exif-6.jpg")
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

CLASSES = {
    "qwen2-vl": dict(image_processor_type="Qwen2VLImageProcessor", min_pixels=4 * 784, max_pixels=9 * 784, patch_size=14, merge_size=2, temporal_patch_size=2, image_mean=CLIP_MEAN, image_std=CLIP_STD),
    "qwen3-vl": dict(image_processor_type="Qwen2VLImageProcessorFast", size={"shortest_edge": 4 * 1024, "longest_edge": 9 * 1024}, patch_size=16, merge_size=2, temporal_patch_size=2, image_mean=[0.5] * 3, image_std=[0.5] * 3),
    "llava-next": dict(image_processor_type="LlavaNextImageProcessor", size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}, image_grid_pinpoints=[[28, 56], [56, 28], [56, 56], [28, 84], [84, 28]]),
    "molmo2": dict(image_processor_type="Molmo2ImageProcessor", size={"height": 35, "width": 35}, patch_size=7, overlap_margins=[1, 1], max_crops=6),
}
DIRECT = {
    "paper-clip": dict(image_processor_type="LetterboxImageProcessor", size=42, patch_size=14),
    "paper-dino": dict(image_processor_type="ViTImageProcessor", size={"height": 42, "width": 42}, resample=3, antialias=True, image_mean=IMAGENET_MEAN, image_std=IMAGENET_STD),
    "paper-siglip": dict(image_processor_type="SiglipImageProcessor", size={"height": 42, "width": 42}, resample=2, antialias=False, image_mean=[0.5] * 3, image_std=[0.5] * 3),
    "molmo": dict(image_processor_type="MolmoImageProcessor", base_image_input_size=[56, 56], image_patch_size=7, overlap_margins=[2, 2], max_crops=6),
}


def normalize(pixels, mean, std):
    return (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def letterbox(image, height, width):
    """Fits a picture into black, in floats: the picture, and which pixels show it."""
    pixels = torch.from_numpy(np.asarray(image)).permute(2, 0, 1).float() / 255
    scale = min(np.float32(height) / np.float32(image.height), np.float32(width) / np.float32(image.width))
    inner = [max(1, int(np.float32(side) * scale)) for side in (image.height, image.width)]
    shrunk = resize(pixels, inner, InterpolationMode.BILINEAR, antialias=True).clip(0, 1)
    top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
    canvas, mask = torch.zeros(3, height, width), torch.zeros(height, width)
    canvas[:, top : top + inner[0], left : left + inner[1]] = shrunk
    mask[top : top + inner[0], left : left + inner[1]] = 1
    return canvas, mask


def shares(mask, patch):
    return mask.unfold(0, patch, patch).unfold(1, patch, patch).mean((-1, -2)).flatten()


def patches(pixels, patch):
    """[3, h, w] as [patches, patch * patch * 3], channels last."""
    return pixels.unfold(1, patch, patch).unfold(2, patch, patch).permute(1, 2, 3, 4, 0).flatten(2).flatten(0, 1)


def direct(name, image):
    tensors = {}
    if name == "paper-clip":
        canvas, mask = letterbox(image, 42, 42)
        tensors["pixel_values"] = normalize(canvas, CLIP_MEAN, CLIP_STD)[None]
        tensors["image_masks"] = shares(mask, 14)
    elif name.startswith("paper"):
        pixels = torch.from_numpy(np.asarray(image)).permute(2, 0, 1)
        dino = name == "paper-dino"
        small = resize(pixels, [42, 42], InterpolationMode.BICUBIC if dino else InterpolationMode.BILINEAR, antialias=dino).float() / 255
        tensors["pixel_values"] = normalize(small, *((IMAGENET_MEAN, IMAGENET_STD) if dino else ([0.5] * 3, [0.5] * 3)))[None]
    else:
        side, patch, margin, limit = 56, 7, 2, 6
        window, spare = side - 2 * margin * patch, 2 * margin * patch
        rasters = sorted(((i, j) for i in range(1, limit + 1) for j in range(1, limit + 1) if i * j <= limit), key=lambda r: (r[0] * r[1], r[0]))
        sizes = np.array(rasters, np.int32) * window
        original = np.array([image.height - spare, image.width - spare], np.float32)
        with np.errstate(divide="ignore"):
            scale = np.min(sizes.astype(np.float32) / original, axis=-1)
        best = np.argmax(scale) if np.all(scale < 1) else np.argmin(np.where(scale < 1, 10e9, scale))
        rows, columns = rasters[best]
        base, _ = letterbox(image, side, side)
        canvas, mask = letterbox(image, rows * window + spare, columns * window + spare)
        crops, marks = [base], []
        for r in range(rows):
            for c in range(columns):
                y, x = r * window, c * window
                crops.append(canvas[:, y : y + side, x : x + side])
                marks.append(shares(mask[y : y + side, x : x + side], patch))
        marks.append(torch.full_like(marks[0], -1))
        tensors["pixel_values"] = torch.stack([patches(normalize(crop, CLIP_MEAN, CLIP_STD), patch) for crop in crops])
        tensors["image_masks"] = torch.stack(marks).flatten()
        tensors["raster"] = torch.tensor([rows, columns])
    return tensors


def known(name, image):
    seen = processors[name](images=image, return_tensors="pt")
    tensors = {"pixel_values": seen["pixel_values"].float()}
    if name == "llava-next":
        tensors["pixel_values"] = tensors["pixel_values"][0]
    if "image_grid_thw" in seen:
        tensors["grid"] = seen["image_grid_thw"][0, 1:]
    return tensors


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir()
processors, tensors = {}, {}
for name, config in (CLASSES | DIRECT).items():
    (FOLDER / name).mkdir()
    write_json(FOLDER / name / "preprocessor_config.json", config)
for name in CLASSES:
    # Pillow resamples where there is a choice.
    backend = {} if name == "molmo2" else {"backend": "pil"}
    processors[name] = AutoImageProcessor.from_pretrained(FOLDER / name, **backend)
for name in CLASSES | DIRECT:
    for picture in NAMES:
        image = Image.open(PICTURES / picture)
        image = ImageOps.exif_transpose(image) if name in DIRECT else image
        image = Image.fromarray(np.asarray(image.convert("RGB")))
        for key, tensor in (direct if name in DIRECT else known)(name, image).items():
            tensors[f"{name}/{picture}/{key}"] = tensor.contiguous()
save_file(tensors, FOLDER / "expected.safetensors")
write_json(FOLDER / "meta.json", versions() | {"torchvision": torchvision.__version__, "classes": {name: type(processor).__name__ for name, processor in processors.items()}})

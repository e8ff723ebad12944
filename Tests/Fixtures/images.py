"""Small pictures of every kind, and what Pillow and transformers make of them.

Usage: python images.py
"""

import hashlib
import io
import json
import shutil

import numpy as np
import PIL
import transformers
from PIL import Image, ImageOps
from safetensors.numpy import save_file
from transformers import AutoImageProcessor

from common import HERE, write_json

FOLDER = HERE / "images"


def scene(width, height, seed=0):
    """A picture with edges, gradients and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / max(width - 1, 1)
    green = 255 * y / max(height - 1, 1)
    blue = 127 + 120 * np.sin(x / 3.1) * np.cos(y / 2.3)
    pixels = np.stack([red, green, blue], -1) + rng.normal(0, 12, (height, width, 3))
    pixels[height // 3 : height // 2, width // 4 : width // 2] = (250, 10, 60)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def pictures():
    """Name and bytes of each file."""
    base, alpha = scene(37, 23), Image.fromarray((np.indices((23, 37)).sum(0) * 4 % 256).astype(np.uint8))
    rgba = base.copy()
    rgba.putalpha(alpha)
    gray16 = Image.fromarray((np.arange(23 * 37).reshape(23, 37) * 70 % 65536).astype(np.uint16))

    def saved(image, kind, **options):
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        return stream.getvalue()

    palette = base.quantize(60)
    yield "rgb.png", saved(base, "PNG")
    yield "rgba.png", saved(rgba, "PNG")
    yield "gray.png", saved(base.convert("L"), "PNG")
    yield "gray-alpha.png", saved(rgba.convert("LA"), "PNG")
    yield "gray16.png", saved(gray16, "PNG")
    yield "bilevel.png", saved(base.convert("1"), "PNG")
    yield "palette.png", saved(palette, "PNG")
    yield "palette4.png", saved(base.quantize(12), "PNG", bits=4)
    yield "palette-transparent.png", saved(palette, "PNG", transparency=3)
    yield "one-pixel.png", saved(scene(1, 1), "PNG")
    yield "three-pixels.png", saved(scene(3, 1), "PNG")
    yield "long.png", saved(scene(120, 6), "PNG")
    yield "tall.png", saved(scene(5, 100), "PNG")
    yield "baseline.jpg", saved(base, "JPEG", quality=88)
    yield "baseline-444.jpg", saved(base, "JPEG", quality=95, subsampling=0)
    yield "progressive.jpg", saved(base, "JPEG", quality=80, progressive=True)
    yield "gray.jpg", saved(base.convert("L"), "JPEG")
    yield "cmyk.jpg", saved(base.convert("CMYK"), "JPEG", quality=92)
    yield "lossy.webp", saved(base, "WEBP", quality=80)
    yield "lossless.webp", saved(base, "WEBP", lossless=True)
    yield "alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"exif-{orientation}.jpg", saved(scene(21, 13), "JPEG", quality=92, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "exif-6.png", saved(scene(21, 13), "PNG", exif=exif)
    yield "exif-6.webp", saved(scene(21, 13), "WEBP", lossless=True, exif=exif)


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def decoded():
    table = {}
    for name, data in pictures():
        (FOLDER / name).write_bytes(data)
        stored = Image.open(io.BytesIO(data))
        upright = ImageOps.exif_transpose(stored).convert("RGB")
        rgb = stored.convert("RGB")
        table[name] = {"size": rgb.size, "sha256": digest(rgb), "exif_size": upright.size, "exif_sha256": digest(upright)}
    return table


FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
SIZES = [(37, 23), (36, 23), (37, 24), (14, 14), (5, 3), (1, 1), (80, 61), (111, 7), (224, 224)]


def resampled():
    base = Image.open(FOLDER / "rgb.png").convert("RGB")
    return [{"filter": name, "size": size, "sha256": digest(base.resize(size, number))} for name, number in FILTERS.items() for size in SIZES]


CLIP = dict(do_resize=True, size={"shortest_edge": 28}, resample=3, do_center_crop=True, crop_size={"height": 28, "width": 28}, do_rescale=True, rescale_factor=1 / 255,
            do_normalize=True, image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711], do_convert_rgb=True)
PROCESSORS = {
    "clip": CLIP | {"image_processor_type": "CLIPImageProcessor"},
    "clip-small-crop": CLIP | {"image_processor_type": "CLIPImageProcessor", "crop_size": {"height": 41, "width": 35}},
    "siglip": dict(image_processor_type="SiglipImageProcessor", do_resize=True, size={"height": 30, "width": 26}, resample=2, do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[0.5] * 3, image_std=[0.5] * 3),
    "dino": CLIP | {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 30}, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]},
}


def processed():
    tensors, classes = {}, {}
    for name, config in PROCESSORS.items():
        folder = FOLDER / name
        folder.mkdir(exist_ok=True)
        write_json(folder / "preprocessor_config.json", config)
        # The Pillow-backed processors are the reference; the others resample with torch.
        try:
            processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
        except TypeError:
            processor = AutoImageProcessor.from_pretrained(folder, use_fast=False)
        classes[name] = type(processor).__name__
        for picture in ("rgb.png", "rgba.png", "gray.png", "long.png", "tall.png", "three-pixels.png", "baseline.jpg", "palette-transparent.png"):
            # Without what the file says of transparency, which transformers would paint over with white.
            image = Image.fromarray(np.asarray(Image.open(FOLDER / picture).convert("RGB")))
            tensors[f"{name}/{picture}"] = np.asarray(processor(images=image, return_tensors="np")["pixel_values"][0], np.float32)
    save_file(tensors, FOLDER / "pixel_values.safetensors")
    return classes


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    table = {"decoded": decoded(), "resampled": resampled(), "processors": processed(), "versions": {"pillow": PIL.__version__, "transformers": transformers.__version__}}
    write_json(FOLDER / "expected.json", table)
    print(json.dumps(table["processors"]))

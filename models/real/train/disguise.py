"""Training looks in other guises: what is drawn stays, how it is drawn does not.

Of every thing there are five looks or so, and a held-out one differs from them in colours, proportions, shading and lines. So these are
what a training look is given at random: `slight` leaves most of it as it is, `strong` bends it as well.
"""

import numpy as np
from PIL import Image, ImageFilter, ImageOps


def disguised(rng, picture):
    return (strong if rng.random() < 0.5 else slight)(rng, picture)


def lined(picture, colour, width):
    """A line around everything: some collections draw one, others none."""
    line = Image.new("RGBA", picture.size, (*colour, 0))
    line.putalpha(picture.getchannel("A").filter(ImageFilter.MaxFilter(width)))
    return Image.alpha_composite(line, picture)


def coloured(picture, turn, fade):
    """Every hue turned by the same angle, and saturation multiplied."""
    hue, saturation, value = picture.convert("HSV").split()
    return Image.merge("HSV", (hue.point(lambda h: (h + turn) % 256), saturation.point(lambda s: min(255, int(s * fade))), value)).convert("RGB")


def slight(rng, picture):
    """Other colours: mostly slightly, at times any hue or none."""
    kind = rng.random()
    if kind < 0.4:
        turn = int(rng.integers(-20, 21)) if kind < 0.25 else int(rng.integers(0, 256))
        fade = rng.uniform(0.5, 1.2) if kind < 0.3 else 0 if kind < 0.34 else rng.uniform(0.6, 1.1)
        other = coloured(picture.convert("RGB"), turn, fade)
        other.putalpha(picture.getchannel("A"))
        picture = other
    if rng.random() < 0.15:
        picture = lined(picture, (30, 30, 34), 7)
    pixels = np.asarray(picture, np.float32).copy()
    pixels[..., :3] = np.clip((pixels[..., :3] - 128) * rng.uniform(0.8, 1.15) + 128 + rng.normal(0, 10, 3) + rng.normal(0, 10), 0, 255)
    return Image.fromarray(pixels.astype(np.uint8), "RGBA")


def bent(rng, picture):
    """Wider or narrower, slanted, and bent by a smooth field."""
    w, h = picture.size
    margin = int(0.15 * max(w, h))
    width, height = w + 2 * margin, h + 2 * margin
    sheet = Image.new("RGBA", (width, height))
    sheet.paste(picture, (margin, margin))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    across = x * np.exp(rng.uniform(-0.25, 0.25)) + y * rng.uniform(-0.2, 0.2)
    down = y * np.exp(rng.uniform(-0.25, 0.25))
    if rng.random() < 0.7:
        knots, much = int(rng.integers(3, 6)), 0.05 * max(w, h) * rng.uniform(0.3, 1.0)
        field = lambda: much * np.asarray(Image.fromarray(rng.normal(0, 1, (knots, knots)).astype(np.float32)).resize((width, height), Image.BICUBIC))
        across, down = across + field(), down + field()
    column = np.clip(np.rint(across + (width - 1) / 2), 0, width - 1).astype(int)
    row = np.clip(np.rint(down + (height - 1) / 2), 0, height - 1).astype(int)
    made = Image.fromarray(np.asarray(sheet)[row, column], "RGBA")
    box = made.getchannel("A").point(lambda a: 255 if a > 16 else 0).getbbox()
    return made.crop(box) if box else picture


def strong(rng, picture):
    """Bent, in colours that need not be its own, flatter or rounder, blurred, grainy, with a dark or a white line."""
    if rng.random() < 0.75:
        picture = bent(rng, picture)
    alpha, drawn = picture.getchannel("A"), picture.convert("RGB")
    kind = rng.random()
    if kind < 0.35:
        turn = int(rng.integers(0, 256)) if rng.random() < 0.5 else int(rng.integers(-25, 26))
        drawn = coloured(drawn, turn, rng.uniform(0.4, 1.3))
    elif kind < 0.45:
        drawn = ImageOps.grayscale(drawn).convert("RGB")
    elif kind < 0.55:
        channels = drawn.split()
        drawn = Image.merge("RGB", [channels[i] for i in rng.permutation(3)])
    if rng.random() < 0.12:
        drawn = ImageOps.posterize(drawn, int(rng.integers(2, 5)))
    if rng.random() < 0.15:
        drawn = drawn.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2.5)))
    if rng.random() < 0.1:
        drawn = drawn.filter(ImageFilter.MedianFilter(7))
    if rng.random() < 0.07:
        edges = ImageOps.invert(ImageOps.grayscale(drawn).filter(ImageFilter.FIND_EDGES))
        drawn = Image.merge("RGB", [edges] * 3)
    pixels = np.asarray(drawn, np.float32).copy()
    h, w = pixels.shape[:2]
    if rng.random() < 0.35:
        y, x = np.mgrid[0:h, 0:w] / max(h, w)
        light = rng.uniform(0, 1, 2)
        pixels += (0.5 - np.hypot(y - light[0], x - light[1]))[..., None] * rng.uniform(20, 110)
    if rng.random() < 0.2:
        pixels += rng.normal(0, rng.uniform(4, 18), (h, w, 1))
    pixels = np.clip((pixels - 128) * rng.uniform(0.6, 1.25) + 128 + rng.normal(0, 12, 3) + rng.normal(0, 14), 0, 255)
    picture = Image.fromarray(np.dstack([pixels.astype(np.uint8), np.asarray(alpha)]), "RGBA")
    kind = rng.random()
    if kind < 0.3:
        picture = lined(picture, (30, 30, 34) if kind < 0.18 else (250, 250, 250), int(rng.choice([5, 7, 9])))
    return picture

"""A picture-book world: scenes whose things differ locally, with exact labels for every pixel.

A scene is painted back to front. Each thing is a mask (its shape), a texture (its colours), and a label,
so that the picture and the ground truth come from the same strokes.
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = 448

LABELS = [
    "sky", "cloud", "sun", "moon", "mountain", "snow", "sea", "sand", "grass", "flowers",
    "tree", "trunk", "house", "roof", "window", "door", "boat", "sail", "sheep", "fence", "road",
]

COLORS = {
    "red": (196, 62, 55), "yellow": (233, 184, 72), "white": (240, 234, 222), "blue": (67, 110, 176),
    "pink": (226, 138, 158), "purple": (128, 92, 160), "orange": (226, 128, 52), "green": (86, 142, 74),
    "brown": (122, 84, 56),
}


@dataclass
class Thing:
    """Something that a caption can speak of."""

    name: str
    color: str | None = None
    count: int = 1
    place: str | None = None


@dataclass
class Scene:
    picture: Image.Image
    labels: np.ndarray  # [height, width], index into LABELS
    time: str = "day"
    ground: str = "grass"
    things: list[Thing] = field(default_factory=list)


class Painter:
    """Paints masks of texture on a canvas and keeps the label of what is on top."""

    def __init__(self, rng, width, height):
        self.rng, self.width, self.height = rng, width, height
        self.canvas = np.zeros((height, width, 3), np.float32)
        self.labels = np.zeros((height, width), np.uint8)
        self.y, self.x = np.mgrid[0:height, 0:width].astype(np.float32)

    def mask(self, draw, blur=0.0):
        image = Image.new("L", (self.width * 2, self.height * 2), 0)
        draw(ImageDraw.Draw(image))
        image = image.resize((self.width, self.height), Image.BOX)
        if blur:
            image = image.filter(ImageFilter.GaussianBlur(blur))
        return np.asarray(image, np.float32) / 255

    def put(self, mask, texture, label):
        alpha = mask[..., None]
        self.canvas = self.canvas * (1 - alpha) + texture * alpha
        self.labels[mask > 0.5] = LABELS.index(label)

    def polygon(self, points, texture, label, blur=0.0):
        scaled = [(2 * x, 2 * y) for x, y in points]
        self.put(self.mask(lambda d: d.polygon(scaled, fill=255), blur), texture, label)

    def ellipse(self, x0, y0, x1, y1, texture, label, blur=0.0):
        box = [2 * x0, 2 * y0, 2 * x1, 2 * y1]
        self.put(self.mask(lambda d: d.ellipse(box, fill=255), blur), texture, label)

    def rectangle(self, x0, y0, x1, y1, texture, label):
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], texture, label)

    # Textures: fields of colour as large as the canvas.

    def noise(self, scale, strength):
        h, w = int(self.height / scale) + 2, int(self.width / scale) + 2
        small = self.rng.normal(0, 1, (h, w)).astype(np.float32)
        image = Image.fromarray(small).resize((self.width, self.height), Image.BICUBIC)
        return np.asarray(image)[..., None] * strength

    def flat(self, color):
        return np.broadcast_to(np.float32(color), (self.height, self.width, 3))

    def gradient(self, top, bottom, y0, y1):
        t = np.clip((self.y - y0) / max(y1 - y0, 1), 0, 1)[..., None]
        return np.float32(top) * (1 - t) + np.float32(bottom) * t

    def bricks(self, color):
        row = np.floor(self.y / 9)
        seam = (self.y % 9 < 1.6) | ((self.x + 9 * (row % 2)) % 18 < 1.6)
        brick = np.floor((self.x + 9 * (row % 2)) / 18)
        tone = ((np.sin(row * 12.9 + brick * 78.2) * 43758.5) % 1 - 0.5)[..., None] * 26
        return np.where(seam[..., None], np.float32(color) * 0.72 + 40, np.float32(color) + tone)

    def tiles(self, color):
        row = np.floor(self.y / 8)
        arc = ((self.x + 6 * (row % 2)) % 12 - 6) ** 2 / 12
        shade = ((self.y % 8 + arc) / 10)[..., None]
        return np.float32(color) * (1.12 - 0.42 * shade)

    def waves(self, top, bottom, y0):
        base = self.gradient(top, bottom, y0, self.height)
        phase = self.y / 3.4 + 1.3 * np.sin(self.x / 15 + 0.6 * np.sin(self.y / 23))
        crest = np.clip(np.sin(phase) - 0.5, 0, 1)[..., None]
        return base + crest * 88

    def blades(self, top, bottom, y0):
        base = self.gradient(top, bottom, y0, self.height)
        stroke = np.sin(self.x * 1.15 + 3 * np.sin(self.y / 7)) * np.sin(self.y / 5 + self.x / 3)
        return base + (stroke * 13)[..., None] + self.noise(5, 7)

    def leaves(self, color):
        a = np.sin(self.x / 3.1 + 2 * np.sin(self.y / 6)) * np.sin(self.y / 3.3 + np.sin(self.x / 8))
        return np.float32(color) + (a * 24)[..., None] + self.noise(9, 10)

    def wool(self, color):
        a = np.cos(self.x / 2.2 + np.sin(self.y / 2.6) * 2) * np.cos(self.y / 2.4)
        return np.float32(color) + (a * 15 - 6)[..., None]

    def speckle(self, color, strength=13):
        return np.float32(color) + self.rng.normal(0, strength, (self.height, self.width, 1)).astype(np.float32)


SKIES = {
    "day": ((112, 170, 222), (206, 230, 240)),
    "evening": ((118, 92, 150), (248, 176, 112)),
    "night": ((16, 24, 58), (52, 72, 120)),
}


def make_scene(rng, width=SIZE, height=SIZE):
    """Paints one scene; the generator alone decides what is in it."""
    p = Painter(rng, width, height)
    time = rng.choice(["day", "day", "day", "evening", "night"])
    ground = rng.choice(["grass", "grass", "sea", "sea", "snow"])
    scene = Scene(None, p.labels, time, ground)
    horizon = height * rng.uniform(0.42, 0.58)
    _sky(p, scene, horizon)
    _mountains(p, scene, horizon)
    {"grass": _meadow, "sea": _seaside, "snow": _winter}[ground](p, scene, horizon)
    light = {"day": (1, 1, 1), "evening": (1.02, 0.9, 0.84), "night": (0.5, 0.58, 0.82)}[time]
    bright = np.isin(p.labels, [LABELS.index(n) for n in ("moon", "window", "sky")])[..., None]
    canvas = np.where(bright, p.canvas, p.canvas * np.float32(light))
    canvas = canvas + p.noise(120, 4) + rng.normal(0, 1.6, canvas.shape)
    scene.picture = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    scene.labels = p.labels
    return scene


def _side(x, width):
    return "left" if x < width * 0.4 else "right" if x > width * 0.6 else "middle"


def _sky(p, scene, horizon):
    rng = p.rng
    top, bottom = SKIES[scene.time]
    p.put(np.ones((p.height, p.width), np.float32), p.gradient(top, bottom, 0, horizon), "sky")
    if scene.time == "night":
        for _ in range(60):
            x, y = rng.integers(0, p.width - 2), rng.integers(0, max(int(horizon) - 2, 1))
            p.canvas[y : y + 2, x : x + 2] += rng.uniform(60, 150)
    if scene.time == "night" or rng.random() < 0.62:
        name = "moon" if scene.time == "night" else "sun"
        r = rng.uniform(30, 48)
        x, y = rng.uniform(60, p.width - 60), rng.uniform(52, horizon * 0.5)
        color = (246, 240, 214) if name == "moon" else (255, 214, 92) if scene.time == "day" else (252, 120, 72)
        glow = np.exp(-(((p.x - x) ** 2 + (p.y - y) ** 2) / (2 * (1.7 * r) ** 2)))[..., None]
        p.canvas += glow * (np.float32(color) - p.canvas) * 0.55
        p.ellipse(x - r, y - r, x + r, y + r, p.flat(color), name)
        scene.things.append(Thing(name, place=_side(x, p.width)))
    clouds = int(rng.integers(0, 4)) if scene.time != "night" else int(rng.integers(0, 2))
    white = {"day": (250, 251, 252), "evening": (250, 206, 186), "night": (128, 140, 176)}[scene.time]
    for _ in range(clouds):
        x, y = rng.uniform(30, p.width - 30), rng.uniform(34, horizon * 0.62)
        w = rng.uniform(50, 84)
        texture = p.gradient(white, np.float32(white) * 0.86, y - 24, y + 24) + p.noise(14, 4)
        puffs = [(x + w * t, y - 13 * np.cos(t * 2.6) + rng.uniform(-3, 3), 15 + 13 * np.cos(t * 1.6)) for t in np.linspace(-0.9, 0.9, 6)]

        def draw(d):
            for cx, cy, r in puffs:
                d.ellipse([2 * (cx - r), 2 * (cy - r * 0.8), 2 * (cx + r), 2 * (cy + r * 0.8)], fill=255)

        p.put(p.mask(draw, 1.6), texture, "cloud")
    if clouds:
        scene.things.append(Thing("cloud", count=clouds))


def _mountains(p, scene, horizon):
    rng = p.rng
    if rng.random() > (0.75 if scene.ground == "snow" else 0.4):
        return
    for x in sorted(rng.uniform(0, p.width, int(rng.integers(1, 4)))):
        h, w = rng.uniform(90, 160), rng.uniform(120, 190)
        top = max(horizon - h, 24)
        rock = p.gradient((122, 128, 150), (150, 152, 160), top, horizon) + p.noise(11, 13)
        jag = [(x - w, horizon + 4), (x - w * 0.45, top + h * 0.42), (x - w * 0.3, top + h * 0.38), (x, top), (x + w * 0.35, top + h * 0.36), (x + w * 0.5, top + h * 0.52), (x + w, horizon + 4)]
        p.polygon(jag, rock, "mountain")
        cap = [(x, top), (x + w * 0.24, top + h * 0.25), (x + w * 0.12, top + h * 0.33), (x, top + h * 0.25), (x - w * 0.1, top + h * 0.35), (x - w * 0.22, top + h * 0.28)]
        p.polygon(cap, p.speckle((244, 247, 252), 4), "snow")
    scene.things.append(Thing("mountain"))


def _ground(p, scene, horizon, texture, label):
    rng = p.rng
    a, b, f = rng.uniform(3, 10), rng.uniform(0, 6), rng.uniform(60, 130)
    curve = [(x, horizon + a * np.sin(x / f + b)) for x in range(0, p.width + 8, 8)]
    p.polygon(curve + [(p.width, p.height), (0, p.height)], texture, label)


def _meadow(p, scene, horizon):
    rng = p.rng
    _ground(p, scene, horizon, p.blades((132, 178, 92), (78, 132, 62), horizon), "grass")
    if rng.random() < 0.4:
        x0, x1 = rng.uniform(0.3, 0.7) * p.width, rng.uniform(0.1, 0.9) * p.width
        texture = p.speckle((206, 182, 142), 9)
        p.polygon([(x0 - 9, horizon + 6), (x0 + 9, horizon + 6), (x1 + 78, p.height), (x1 - 78, p.height)], texture, "road")
        scene.things.append(Thing("road"))
    _plant(p, scene, horizon, ["house", "tree", "tree", "sheep", "flowers", "fence"], rng.integers(3, 5))


def _winter(p, scene, horizon):
    texture = p.gradient((226, 234, 246), (246, 249, 253), horizon, p.height) + p.noise(30, 5) + p.speckle((0, 0, 0), 2)
    _ground(p, scene, horizon, texture, "snow")
    _plant(p, scene, horizon, ["house", "tree", "tree", "sheep", "fence"], p.rng.integers(2, 5))


def _seaside(p, scene, horizon):
    rng = p.rng
    p.rectangle(0, horizon, p.width, p.height, p.waves((84, 152, 190), (30, 92, 140), horizon), "sea")
    slots = list(rng.permutation(3))
    beach = rng.random() < 0.55
    for _ in range(int(rng.integers(1, 3))):
        slot = slots.pop()
        _boat(p, scene, p.width * (slot + rng.uniform(0.35, 0.65)) / 3, horizon + rng.uniform(34, 70))
    if beach:
        y = p.height * rng.uniform(0.8, 0.88)
        edge = [(x, y + 9 * np.sin(x / 50 + y)) for x in range(0, p.width + 8, 8)]
        p.polygon(edge + [(p.width, p.height), (0, p.height)], p.speckle((236, 208, 150)), "sand")
        scene.things.append(Thing("sand"))


def _plant(p, scene, horizon, kinds, count):
    rng = p.rng
    counts = {}
    depths = sorted(rng.uniform(46, p.height - horizon - 36, int(count)))
    for slot, depth in zip(rng.permutation(4), depths):
        kind = rng.choice(kinds)
        if kind in ("house", "fence", "flowers") and kind in counts:
            kind = "tree"
        counts[kind] = counts.get(kind, 0) + 1
        x = p.width * (slot + rng.uniform(0.4, 0.6)) / 4
        y = horizon + depth
        {"house": _house, "tree": _tree, "sheep": _sheep, "flowers": _flowers, "fence": _fence}[kind](p, scene, x, y)


def _house(p, scene, x, y):
    rng = p.rng
    color, roof = rng.choice(["red", "yellow", "white", "blue", "pink"]), rng.choice(["red", "brown", "purple", "orange"])
    w, h = rng.uniform(58, 76), rng.uniform(84, 112)
    p.rectangle(x - w, y - h, x + w, y, p.bricks(COLORS[color]), "house")
    top = y - h - rng.uniform(52, 72)
    p.polygon([(x - w - 13, y - h + 2), (x - w * 0.4, top), (x + w * 0.4, top), (x + w + 13, y - h + 2)], p.tiles(COLORS[roof]), "roof")
    glass = p.gradient((255, 226, 140), (250, 196, 96), y - h, y) if scene.time == "night" else p.gradient((170, 206, 226), (214, 234, 240), y - h, y)
    for side in (-1, 1):
        cx, cy = x + side * w * 0.55, y - h * 0.6
        p.rectangle(cx - 18, cy - 21, cx + 18, cy + 21, p.flat((250, 246, 236)), "window")
        p.rectangle(cx - 14, cy - 17, cx - 2, cy + 17, glass, "window")
        p.rectangle(cx + 2, cy - 17, cx + 14, cy + 17, glass, "window")
    p.rectangle(x - 14, y - h * 0.52, x + 14, y, p.flat(COLORS["brown"]) + p.noise(4, 6), "door")
    scene.things += [Thing("house", color, place=_side(x, p.width)), Thing("roof", roof)]


def _tree(p, scene, x, y):
    rng = p.rng
    winter = scene.ground == "snow"
    color = rng.choice(["green", "green", "orange"]) if not winter else "green"
    tone = np.float32(COLORS[color]) + rng.normal(0, 7, 3).astype(np.float32)
    p.rectangle(x - 9, y - 52, x + 9, y, p.flat(COLORS["brown"]) + p.noise(3, 11), "trunk")
    if winter or rng.random() < 0.3:
        for k in range(3):
            b, w = y - 34 - 36 * k, 62 - 14 * k
            p.polygon([(x - w, b), (x + w, b), (x, b - 66)], p.leaves(np.float32((52, 104, 84)) + 6 * k), "tree")
        color = "green"
    else:
        r = rng.uniform(40, 54)
        for dx, dy, s in ((-0.62, 0.1, 0.72), (0.62, 0.1, 0.72), (0, -0.36, 0.92), (0, 0.16, 0.9)):
            cx, cy, q = x + dx * r, y - 46 - r * 0.72 + dy * r, r * s
            p.ellipse(cx - q, cy - q, cx + q, cy + q, p.leaves(tone + 8 * (dy < 0)), "tree")
    scene.things.append(Thing("tree", color, place=_side(x, p.width)))


def _sheep(p, scene, x, y):
    rng = p.rng
    y += 14
    for leg in (-22, -9, 11, 23):
        p.rectangle(x + leg - 3, y - 20, x + leg + 3, y, p.flat((62, 54, 52)), "sheep")
    p.ellipse(x - 44, y - 64, x + 44, y - 10, p.wool((238, 232, 220)), "sheep")
    side = 1 if rng.random() < 0.5 else -1
    hx = x + side * 42
    p.ellipse(hx - 15, y - 66, hx + 15, y - 32, p.flat((72, 62, 60)), "sheep")
    scene.things.append(Thing("sheep", place=_side(x, p.width)))


def _flowers(p, scene, x, y):
    rng = p.rng
    color = rng.choice(["red", "yellow", "pink", "purple", "white"])
    y = min(y + 34, p.height - 40)
    w, h = rng.uniform(74, 104), rng.uniform(34, 46)
    bed = p.mask(lambda d: d.ellipse([2 * (x - w), 2 * (y - h), 2 * (x + w), 2 * (y + h)], fill=255), 2)
    p.put(bed, p.blades((104, 152, 78), (70, 124, 60), y - h), "flowers")
    for _ in range(46):
        t, r = rng.uniform(0, 6.283), np.sqrt(rng.random()) * 0.94
        cx, cy, q = x + w * r * np.cos(t), y + h * r * np.sin(t), rng.uniform(4.4, 7)
        for k in range(5):
            a = k * 1.2566 + t
            p.ellipse(cx + q * np.cos(a) - q * 0.62, cy + q * np.sin(a) - q * 0.62, cx + q * np.cos(a) + q * 0.62, cy + q * np.sin(a) + q * 0.62, p.flat(COLORS[color]), "flowers") if q > 6.2 else None
        p.ellipse(cx - q, cy - q, cx + q, cy + q, p.flat(np.float32(COLORS[color]) + rng.normal(0, 8)), "flowers")
        p.ellipse(cx - q * 0.34, cy - q * 0.34, cx + q * 0.34, cy + q * 0.34, p.flat((250, 226, 130) if color != "yellow" else (150, 92, 44)), "flowers")
    scene.things.append(Thing("flowers", color, place=_side(x, p.width)))


def _fence(p, scene, x, y):
    color = p.rng.choice(["white", "brown"])
    y = min(y + 24, p.height - 12)
    w = p.rng.uniform(84, 120)
    texture = p.flat(COLORS[color]) + p.noise(5, 7)

    def draw(d):
        for rail in (-40, -20):
            d.rectangle([2 * (x - w), 2 * (y + rail - 4), 2 * (x + w), 2 * (y + rail + 4)], fill=255)
        for post in np.arange(x - w + 6, x + w, 17):
            d.polygon([(2 * (post - 5), 2 * y), (2 * (post - 5), 2 * (y - 50)), (2 * post, 2 * (y - 57)), (2 * (post + 5), 2 * (y - 50)), (2 * (post + 5), 2 * y)], fill=255)

    p.put(p.mask(draw), texture, "fence")
    scene.things.append(Thing("fence", color))


def _boat(p, scene, x, y):
    rng = p.rng
    color, sail = rng.choice(["red", "blue", "yellow", "green", "white"]), rng.choice(["white", "orange", "pink", "red"])
    w, m = rng.uniform(48, 66), rng.uniform(104, 134)
    p.rectangle(x - 2, y - m, x + 2, y - 22, p.flat(COLORS["brown"]), "sail")
    stripes = np.where((p.y % 20 < 10)[..., None], np.float32(COLORS[sail]), np.float32(COLORS[sail]) * 0.9 + 16)
    p.polygon([(x + 5, y - m + 2), (x + 5, y - 30), (x + w * 0.92, y - 30)], stripes, "sail")
    p.polygon([(x - 5, y - m + 14), (x - 5, y - 30), (x - w * 0.66, y - 30)], stripes, "sail")
    planks = np.float32(COLORS[color]) * np.where((p.y % 8 < 1.5), 0.74, 1.0)[..., None]
    p.polygon([(x - w, y - 24), (x + w, y - 24), (x + w * 0.68, y + 9), (x - w * 0.68, y + 9)], planks, "boat")
    scene.things += [Thing("boat", color, place=_side(x, p.width)), Thing("sail", sail)]


def coverage(labels, rows, columns):
    """The share of each label in each cell of a raster: [rows, columns, len(LABELS)]."""
    height, width = labels.shape
    shares = np.zeros((rows, columns, len(LABELS)), np.float32)
    ys, xs = np.linspace(0, height, rows + 1), np.linspace(0, width, columns + 1)
    for r in range(rows):
        for c in range(columns):
            cell = labels[int(round(ys[r])) : int(round(ys[r + 1])), int(round(xs[c])) : int(round(xs[c + 1]))]
            shares[r, c] = np.bincount(cell.ravel(), minlength=len(LABELS)) / cell.size
    return shares

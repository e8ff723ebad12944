"""Scores what the lenses read against the exact truth of the test scenes.

First writes the test scenes as pictures with a run manifest; after `latentlens run`, scores its results.

Usage: python evaluate.py prepare CACHE MODEL   (writes CACHE/test/run.json)
       python evaluate.py score CACHE RESULTS   (prints tables in Markdown)
"""

import json
import pickle
import re
import sys
from pathlib import Path

import numpy as np

import language
import scenes
import world

COUNT = 100
FUNCTION = set("a an the of on in at by with to from and or is are that it its this under over near up down along keeps stands on for full lies one two three four , .".split()) | {""}


def prepare(cache, model):
    folder = cache / "test"
    folder.mkdir(exist_ok=True)
    for number in list(scenes.SPLITS["test"])[:COUNT]:
        scenes.scene(number).picture.save(folder / f"{number}.png")
    model = Path(model).resolve()
    run = {"name": "test", "models": [str(model)], "images": ["*.png"], "index": {"corpus": str(model.parent / "corpus.txt")}, "out": "out"}
    (folder / "run.json").write_text(json.dumps(run))


def score(cache, results):
    results = json.loads(Path(results).read_text())
    model = results["models"][0]
    data = np.load(cache / "test.npz")
    facts = pickle.loads((cache / "test.facts").read_bytes())
    first = scenes.SPLITS["test"][0]
    which = [int(Path(image["path"]).stem) - first for image in model["images"]]
    shares = data["shares"][which].reshape(len(which), -1, len(world.LABELS))
    truth, clear = shares.argmax(-1), shares.max(-1) >= 0.5
    accepts = {}
    for number, label in enumerate(world.LABELS):
        for word in language.ACCEPTED[label]:
            accepts.setdefault(word, np.zeros(len(world.LABELS), bool))[number] = True
    nothing = np.zeros(len(world.LABELS), bool)
    words = [re.sub(r"\W+", "", word.lower()) for word in model["entries"]["word"]]
    tables = np.array([accepts.get(word, nothing) for word in words] + [nothing])
    content = np.array([word not in FUNCTION for word in words] + [False])
    print("| lens | layer | top-1 | chance | mean of 5 | chance | any of 5 | chance |")
    print("|---|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    for lens in model["lenses"]:
        for layer in model["layers"]:
            entries = np.array([next(r for r in image["readings"] if r["lens"] == lens and r["layer"] == layer)["entry"] for image in model["images"]])
            cells = []
            for measure in ("top", "mean", "any"):
                cells += measured(measure, tables[entries], content[entries], truth, clear, rng)
            print(f"| {lens} | {layer} | " + " | ".join(cells) + " |")
    captions(model, [facts[i] for i in which])


def measured(measure, accepted, content, truth, clear, rng):
    """A score with its 95 % interval over images, and its chance level: other images' truth, same patch."""

    def hits(labels):
        right = np.take_along_axis(accepted, labels[:, :, None, None], axis=-1)[..., 0] & content
        if measure == "any":
            return right.any(-1).astype(float)
        if measure == "mean":
            return right.sum(-1) / np.maximum(content.sum(-1), 1)
        best = content.argmax(-1)
        return np.take_along_axis(right, best[..., None], axis=-1)[..., 0].astype(float)

    per_image = np.array([h[c].mean() for h, c in zip(hits(truth), clear)])
    drawn = rng.integers(0, len(per_image), (1000, len(per_image)))
    low, high = np.quantile(per_image[drawn].mean(1), [0.025, 0.975])
    shifted = [np.array([h[c].mean() for h, c in zip(hits(np.roll(truth, s, axis=0)), np.roll(clear, s, axis=0))]).mean() for s in range(1, len(truth), 7)]
    return [f"{per_image.mean():.2f} ({low:.2f} to {high:.2f})", f"{np.mean(shifted):.2f}"]


def captions(model, facts):
    """How many of the things in a picture its caption names, and how many of the things it names are there."""
    named = {thing for thing in language.ACCEPTED}
    recall, precision, grounds = [], [], []
    for image, (time, ground, things) in zip(model["images"], facts):
        said = set(re.findall(r"\w+", image["caption"]))
        said = {thing for thing in named if said & {thing, thing + "s"}}
        there = {thing.name for thing in things} | {ground, "sky"}
        always = {"sky", "grass", "sea", "snow", "meadow"}
        recall.append(len((there - always) & said) / max(len(there - always), 1))
        precision.append(len((said - always) & there) / max(len(said - always), 1))
        grounds.append(any(word in image["caption"] for word in {"grass": ["grass", "meadow"], "sea": ["sea", "water"], "snow": ["snow"]}[ground]))
    print(f"\ncaptions: names {np.mean(recall):.2f} of the things that are there; {np.mean(precision):.2f} of the things it names are there; the right ground {np.mean(grounds):.2f}")


if __name__ == "__main__":
    {"prepare": prepare, "score": score}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])

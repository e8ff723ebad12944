"""Scores results against truth in numpy: the fixture of `latentlens evaluate`, and a judge of any run that it has evaluated.

Usage: python evaluation.py               writes evaluation/: small results, their truth, and what has to come out
       python evaluation.py RUN [TRUTH]   does RUN/evaluation.json over again from RUN/results.json, and tells the largest difference

Nothing is shared with the program but the files and the generator of the draws (SplitMix64), so that intervals agree, too.
"""

import json
import platform
import re
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "evaluation"
WAYS = ["top_1", "mean_5", "any_5"]


def folded(word):
    word = re.sub(r"['’]s?$", "", word.lower().strip(" .,;:!?\"()[]"))
    forms = {word}
    if word.endswith("ies") and len(word) > 4:
        forms.add(word[:-3] + "y")
    for end in ("s", "es", "ed", "ing"):
        if word.endswith(end) and len(word) > len(end) + 2 and not word.endswith("ss"):
            forms.add(word[: -len(end)])
    return forms


def inside(polygon, xs, ys):
    """Which points lie in a polygon, by the winding number."""
    corners = np.array(polygon).reshape(-1, 2)
    angles = 0
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0)):
        ax, ay, bx, by = ax - xs, ay - ys, bx - xs, by - ys
        angles = angles + np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
    return np.abs(angles) > np.pi


def words_shown(polygon, image, truth, threshold, ground):
    """The forms of the true words of a patch; None where it is not scored."""
    x0, x1, y0, y1 = min(polygon[::2]), max(polygon[::2]), min(polygon[1::2]), max(polygon[1::2])
    columns, rows = np.meshgrid(np.arange(np.floor(x0), np.ceil(x1)), np.arange(np.floor(y0), np.ceil(y1)))
    within = inside(polygon, columns + 0.5, rows + 0.5)
    columns, rows = columns[within].astype(int), rows[within].astype(int)
    on_picture = (columns >= 0) & (columns < image["width"]) & (rows >= 0) & (rows < image["height"])
    forms = set()
    for thing in truth["things"]:
        if thing["kind"] == "ground" and not ground:
            continue
        mask = np.zeros(image["width"] * image["height"], bool)
        for first, length in zip(thing["runs"][::2], thing["runs"][1::2]):
            mask[first:first + length] = True
        mask = mask.reshape(image["height"], image["width"])
        if len(columns) and mask[rows[on_picture], columns[on_picture]].sum() / len(columns) >= threshold:
            for word in thing["words"]:
                forms |= folded(word)
    return forms or None


def draws(count, times=1000, state=0):
    every = np.zeros((times, count))
    wrap = 2**64 - 1
    for draw in every:
        for _ in range(count):
            state = (state + 0x9E3779B97F4A7C15) & wrap
            z = state
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & wrap
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & wrap
            draw[(z ^ (z >> 31)) * count >> 64] += 1
    return every


def figures(hits):
    """Lists of hits by picture -> the three shares with their intervals, or None."""
    ways = [np.array([[h[0], np.mean(h), max(h)] if len(h) else [0, 0, 0] for h in part], float).reshape(-1, 3) for part in hits]
    sums, counts = np.array([part.sum(0) for part in ways]), np.array([len(part) for part in ways])
    if not counts.sum():
        return None
    value = sums.sum(0) / counts.sum()
    low = high = [None] * 3
    if (counts > 0).sum() > 1:
        drawn = draws(len(ways))
        drawn = drawn[drawn @ counts > 0]
        low, high = np.quantile((drawn @ sums) / (drawn @ counts)[:, None], [0.025, 0.975], axis=0).tolist()
    return {way: {"value": v, "low": l, "high": h} for way, v, l, h in zip(WAYS, value.tolist(), low, high)}


def center(polygon, image):
    corners = np.array(polygon).reshape(-1, 2)
    return corners.sum(0) / len(corners) / [image["width"], image["height"]]


def scored(model, truths, threshold, ground):
    """Of the pictures with a scored token: the picture, and {token: forms}."""
    found = []
    for image in model["images"]:
        if image["path"] in truths:
            words = {i: words_shown(p, image, truths[image["path"]], threshold, ground) for i, p in enumerate(image["tokens"]["polygon"]) if p}
            words = {i: forms for i, forms in words.items() if forms}
            if words:
                found.append((image, words))
    return found


def elsewhere(pictures):
    """For picture a and each of its tokens: the forms at the same place of the other pictures."""
    found = []
    for a, (image, words) in enumerate(pictures):
        own = {}
        for token, forms in words.items():
            place, own[token] = center(image["tokens"]["polygon"][token], image), []
            for b, (other, shown) in enumerate(pictures):
                if a == b:
                    continue
                tokens = [i for i, p in enumerate(other["tokens"]["polygon"]) if p]
                far = [((center(other["tokens"]["polygon"][i], other) - place) ** 2).sum() for i in tokens]
                there = shown.get(tokens[int(np.argmin(far))])
                if there and not there & forms:
                    own[token].append(there)
        found.append(own)
    return found


def score(model, pictures, others, lens, layer, distinct):
    entries, right, wrong, first, few = model["entries"], [], [], [], 0
    for (image, words), there in zip(pictures, others):
        reading = [r for r in image["readings"] if r["lens"] == lens and r["layer"] == layer]
        right.append([]), wrong.append([])
        for token, forms in words.items() if reading else []:
            near, seen = [], set()
            for entry in reading[0]["entry"][token]:
                where = entries["sentence"][entry], entries["position"][entry]
                if not (distinct and None not in where and where in seen):
                    near.append(entry)
                seen.add(where)
            near = near[:5]
            few += len(near) < 5
            read = [folded(entries["word"][entry]) for entry in near]
            right[-1].append([bool(r & forms) for r in read])
            wrong[-1] += [[bool(r & other) for r in read] for other in there[token]]
            first += [entries["contextual_layer"][entry] for entry in near[:1]]
    first = [source for source in first if source is not None]
    own = figures(right)
    return own and {
        "lens": lens, "layer": layer, **own, "controls": {"others": figures(wrong)}, "fewer_than_five": few,
        "from": {str(source): first.count(source) / len(first) for source in sorted(set(first))} or None,
    }


def evaluate(results, truths, threshold=0.5, ground=False, distinct=False):
    scores = []
    for model in results["models"]:
        pictures = scored(model, truths, threshold, ground)
        others = elsewhere(pictures)
        rows = [score(model, pictures, others, lens["name"], layer, distinct) for lens in model["lenses"] for layer in model["layers"]]
        scores.append((model, pictures, [row for row in rows if row]))
    models = []
    for model, pictures, rows in scores:
        if model.get("control"):
            continue
        for row in rows:
            for kind in ("untrained", "noise"):
                same = [r for m, _, rs in scores if m.get("control") == {"of": model["name"], "kind": kind} for r in rs if (r["lens"], r["layer"]) == (row["lens"], row["layer"])]
                row["controls"][kind] = {way: same[0][way] for way in WAYS} if same else None
        models.append({
            "name": model["name"], "pictures": len(pictures), "pictures_without_truth": sum(image["path"] not in truths for image in model["images"]),
            "tokens": sum(len(words) for _, words in pictures), "scores": rows,
        })
    return models


# The fixture: what is drawn is made up; words come in all the endings that are folded.

TRUE = [["cherry", "fruit"], ["box"], ["glass", "glasses"], ["dog", "puppy"], ["bird", "flying bird"], ["paint"]]
READ = ["Cherries", "cherry", "fruits", "boxes", "Box.", "glass", "glasses", "dog's", "dogs’", "puppies", "birds", "painted", "painting", "of", "a", "", "is", "class", "bed", "king"]


def runs(mask):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.ravel().astype(np.int8), [0]])))
    return [int(value) for begin, end in zip(edges[::2], edges[1::2]) for value in (begin, end - begin)]


def picture(rng, name, width, height):
    owner = np.full((height, width), -1)
    for thing in range(4):
        x, y = rng.integers(0, width - 6), rng.integers(0, height - 6)
        owner[y:y + rng.integers(5, 14), x:x + rng.integers(5, 14)] = thing
    things = []
    for thing in range(-1, 4):
        mask = owner == thing
        if mask.any():
            ys, xs = np.nonzero(mask)
            words = ["wall", "walls"] if thing < 0 else TRUE[rng.integers(len(TRUE))]
            box = [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]
            things.append({"words": words, "kind": "ground" if thing < 0 else "thing", "box": box, "runs": runs(mask)})
    return {"image": f"{name}.png", "width": width, "height": height, "things": things}


def polygons(width, height):
    """A raster that reaches past the picture, a turned square, and a text token that has no place."""
    size = 8 if width == 24 else 7
    squares = [[x, y, x + size, y, x + size, y + size, x, y + size] for y in range(0, height, size) for x in range(0, width, size)]
    return squares + [[12.3, 1.2, 20.1, 8.7, 12.8, 17.1, 4.6, 9.4], None]


def model(rng, name, pictures, control=None):
    count = 60
    latent, vocabulary = range(40), range(40, count)
    entries = {
        "token": ["x"] * count, "token_id": list(range(count)), "word": [READ[rng.integers(len(READ))] for _ in range(count)],
        "contextual_layer": [int(rng.choice([1, 4])) for _ in latent] + [None] * len(vocabulary),
        "sentence": [int(rng.integers(3)) for _ in latent] + [None] * len(vocabulary),
        "position": [int(rng.integers(4)) for _ in latent] + [None] * len(vocabulary), "span": [None] * count,
    }
    images = []
    for told in pictures:
        shapes = polygons(told["width"], told["height"])
        readings = []
        for lens, pool, kind in (("latent", latent, "similarity"), ("logit", vocabulary, "logit")):
            for layer in (0, 2, "norm"):
                ids = [sorted(map(int, rng.choice(pool, 8, replace=False))) for _ in shapes]
                readings.append({"lens": lens, "layer": layer, "entry": ids, kind: [[0.5] * 8] * len(shapes), "norm": [1] * len(shapes)} | ({"probability": [[None] * 8] * len(shapes)} if kind == "logit" else {}))
        places = list(range(len(shapes) - 1)) + [None]
        images.append({
            "name": told["image"], "path": f"/nowhere/{told['image']}", "width": told["width"], "height": told["height"], "sha256": told["image"], "caption": None, "orientation": "stored",
            "tokens": {"view": [0 if p is not None else None for p in places], "row": places, "column": places, "polygon": shapes, "text": [None] * (len(shapes) - 1) + ["hello"]},
            "readings": readings,
        })
    origin = {"weights": "", "tokenizer": None, "index": None, "prompt": "", "prompt_ids": [], "adapters": {}, "compute": "f32"}
    return {
        "name": name, **({"control": control} if control else {}), "provenance": origin, "blocks": 2, "hidden_size": 4, "layers": [0, 2, "norm"],
        "lenses": [{"name": "latent", "title": "LatentLens", "score": "similarity"}, {"name": "logit", "title": "LogitLens", "score": "logit"}],
        "contextual_layers": [1, 4], "checks": [], "sentences": ["a", "b", "c"], "entries": entries, "images": images,
    }


VARIANTS = [{}, {"distinct": True}, {"threshold": 0.3, "ground": True}]


def write():
    rng = np.random.default_rng(5)
    (HERE / "truth").mkdir(parents=True, exist_ok=True)
    pictures = [picture(rng, name, width, height) for name, width, height in (("one", 24, 16), ("two", 24, 16), ("three", 20, 21), ("four", 24, 16), ("five", 20, 21))]
    untold = dict(pictures[0], image="untold.png")
    models = [model(rng, "m", pictures + [untold])]
    models += [model(rng, f"m, {kind}", pictures, {"of": "m", "kind": kind}) for kind in ("untrained", "noise")] + [model(rng, "n", pictures[1:3])]
    results = {"schema": "latentlens.results", "version": 2, "tool": {"name": "latentlens", "version": "0"}, "run": {"name": "made up", "runs": []}, "models": models}
    truths = {}
    for told in pictures:
        name = Path(told["image"]).stem + (".json" if told["image"] == "one.png" else ".truth.json")
        (HERE / "truth" / name).write_text(json.dumps(told) + "\n")
        truths[f"/nowhere/{told['image']}"] = told
    (HERE / "results.json").write_text(json.dumps(results, separators=(",", ":")) + "\n")
    expected = [{"rules": {"threshold": 0.5, "ground": False, "distinct": False} | rules, "models": evaluate(results, truths, **rules)} for rules in VARIANTS]
    (HERE / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    (HERE / "meta.json").write_text(json.dumps({"numpy": np.__version__, "python": platform.python_version()}) + "\n")


def difference(one, other, place=""):
    """The largest difference of numbers; anything else that differs is an error."""
    if isinstance(one, dict):
        assert set(one) == set(other), (place, set(one) ^ set(other))
        return max([difference(one[key], other[key], f"{place}.{key}") for key in one], default=0)
    if isinstance(one, list):
        assert len(one) == len(other), place
        return max([difference(a, b, f"{place}[{i}]") for i, (a, b) in enumerate(zip(one, other))], default=0)
    if None not in (one, other) and not isinstance(one, str):
        return abs(one - other)
    assert one == other, (place, one, other)
    return 0


def judge(run, folder=None):
    run = Path(run)
    results, found = json.loads((run / "results.json").read_text()), json.loads((run / "evaluation.json").read_text())
    truths = {}
    for image in (image for model in results["models"] for image in model["images"]):
        path = Path(image["path"])
        places = ([Path(folder) / f"{path.stem}.truth.json", Path(folder) / f"{path.stem}.json"] if folder else []) + [path.with_suffix(".truth.json")]
        for place in [place for place in places if place.is_file()][:1]:
            truths[image["path"]] = json.loads(place.read_text())
    rules = {key: found["rules"][key] for key in ("threshold", "ground", "distinct")}
    largest = difference(evaluate(results, truths, **rules), found["models"])
    print(f"{run}: {sum(model['tokens'] for model in found['models'])} tokens, largest difference {largest:.1e}")
    return 0 if largest < 1e-5 else 1


if __name__ == "__main__":
    sys.exit(judge(*sys.argv[1:]) if len(sys.argv) > 1 else write())

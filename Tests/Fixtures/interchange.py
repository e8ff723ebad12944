"""An index there and back between the tool and the method's own package, which loads what the tool writes and writes what it loads.

Usage: python interchange.py TOOL

Prints what was compared; fails where something differs. Nothing is kept: the package's own cache is in `lenses/cache`.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from latentlens import ContextualIndex
from safetensors.torch import load_file

from common import HERE

MODEL = HERE / "lenses" / "checkpoint"


def main(tool):
    run = lambda *arguments: subprocess.run([tool, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    theirs = ContextualIndex.from_directory(HERE / "lenses" / "cache")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        print(run("index", "import", HERE / "lenses" / "cache", "--model", MODEL, "--out", folder / "imported").strip())
        built = run("index", "build", "--model", MODEL, "--corpus", HERE / "lenses" / "corpus.txt", "--layers", "1,2,4", "--max-contexts", 6, "--out", folder / "built").strip()
        print(built)
        for kind in ("f32", "f16", "bf16", "i8"):
            run("index", "convert", folder / "built", "--dtype", kind, "--out", folder / kind)
            run("index", "export", folder / kind, "--model", MODEL, "--out", folder / f"{kind}-cache")
            ours = ContextualIndex.from_directory(folder / f"{kind}-cache")
            assert ours.available_layers == theirs.available_layers and ours.hidden_dim == theirs.hidden_dim
            worst = 0
            for layer in theirs.available_layers:
                one, other = ours._layers_data[layer], theirs._layers_data[layer]
                assert one["metadata"] == other["metadata"], "metadata differ"
                worst = max(worst, (one["embeddings"] - other["embeddings"]).abs().max().item())
            asked = torch.randn(40, ours.hidden_dim, generator=torch.Generator().manual_seed(1))
            found, expected = (index.search(asked, top_k=5) for index in (ours, theirs))
            same = sum(a[0].caption == b[0].caption and a[0].position == b[0].position for a, b in zip(found, expected))
            print(f"{kind}: {len(one['metadata'])} rows x {len(theirs.available_layers)} layers, metadata equal, largest difference {worst:.1e}, first neighbours equal {same}/40")
            run("index", "import", folder / f"{kind}-cache", "--model", MODEL, "--out", folder / f"{kind}-again")
        for kind in ("f32", "f16"):
            run("index", "export", folder / kind, "--model", MODEL, "--format", "npy", "--out", folder / f"{kind}-npy")
            for layer in theirs.available_layers:
                array = np.load(folder / f"{kind}-npy" / f"layer-{layer:02d}.npy", mmap_mode="r")
                stored = load_file(folder / kind / f"layer-{layer:02d}.safetensors")["embeddings"].numpy()
                assert array.dtype == stored.dtype and (array == stored).all()
            lines = [json.loads(line) for line in (folder / f"{kind}-npy" / "rows.jsonl").read_text().splitlines()]
            assert [line["token_id"] for line in lines] == [m["token_id"] for m in theirs._layers_data[1]["metadata"]]
        print("npy: equal bit for bit")


main(sys.argv[1])

#!/usr/bin/env python3
"""Times LatentLens against what a user would pick instead, on the same files, in turns, in one run: medians and ratios.

build    an index of SmolLM2-135M from the first sentences of the paper's corpus, against the method's own package (`latentlens` on
         PyPI), at 32 bits and at bf16
search   the exact nearest of 576 queries in 4 x 100,000 x 2048 (crowded around one direction, as hidden states are), against the
         package, FAISS (flat, inner product) and torch in bf16, all with their vectors in memory; and in the index that was built
prefill  512 tokens through SmolLM2, against transformers in bf16
generate 64 tokens behind a prompt of 80 with SmolLM2, greedily, one after the other, against transformers in bf16
encode   a picture of 518 pixels through DINOv2 ViT-S/14, against transformers in bf16; the same of ViT-L/14's shape, untrained
kernels  products of 1 to 384 rows with a panel of a weight on one core, against loops that only multiply registers,
         OpenBLAS and torch

Ours are whole processes, from opening the files to closing them; of `prefill` and `encode` the time of the same process with next to
nothing to compute is taken away; of `generate` that of one token. The others are loaded already.

Usage: bench.py LATENTLENS FOLDER [--weights models/real/weights] [--runs 3] [--sentences 1500] [--only kernels,search,prefill,generate,encode,build]
Needs: torch, transformers, tokenizers, safetensors, gguf, accelerate, latentlens, faiss-cpu; `make real` fetches the weights
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import faiss
import numpy as np
import torch
import torch.nn.functional as F
from latentlens import ContextualIndex, build_index
from safetensors.torch import save_file
from transformers import Dinov2Config, Dinov2Model, LlamaForCausalLM

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "models" / "real" / "train"))
import weights as loading  # noqa: E402

LAYERS = [1, 2, 4, 8, 16, 24, 28, 29]


def seconds(work):
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


class Bench:
    def __init__(self, given):
        self.tool, self.folder, self.weights, self.runs, self.sentences = given.tool, given.folder, given.weights, given.runs, given.sentences
        self.rows = []
        self.folder.mkdir(parents=True, exist_ok=True)
        loading.decoder(self.weights)
        self.model = self.weights / "smollm2-torch"
        # Transformers notes where weights came from in a key of its own, which no architecture has.
        path = self.model / "config.json"
        path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "_model_name_or_path"}, indent=2))

    def process(self, *arguments):
        return seconds(lambda: subprocess.run([self.tool, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL))[0]

    def turns(self, **works):
        """Everything in turns, so that what the machine does meanwhile meets all alike."""
        times = {name: [] for name in works}
        for _ in range(self.runs):
            for name, work in works.items():
                # Threads of OpenMP spin for a while when their work is done, and would take from whoever comes next.
                time.sleep(0.5)
                times[name].append(work())
        return {name: statistics.median(values) for name, values in times.items()}

    def say(self, what, ours, theirs, whose):
        self.rows.append((what, ours, theirs, whose))
        print(f"{what:34} {ours:8.2f} s   {whose:28} {theirs:8.2f} s   {theirs / ours:5.1f} times as fast", flush=True)

    def build(self):
        lines = (self.weights / "concepts.txt").read_text().splitlines()[: self.sentences]
        corpus = self.folder / "corpus.txt"
        corpus.write_text("\n".join(lines) + "\n")
        _, tokenizer = loading.decoder(self.weights)
        models = {kind: LlamaForCausalLM.from_pretrained(self.model, dtype=dtype).eval() for kind, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16))}

        def ours(kind):
            shutil.rmtree(self.folder / f"{kind}.index", ignore_errors=True)
            return self.process("index", "build", "--model", self.model, "--corpus", corpus, "--layers", ",".join(map(str, LAYERS)), "--compute", kind, "--dtype", kind, "--out", self.folder / f"{kind}.index", "--quiet")

        peer = lambda kind: seconds(lambda: build_index("peer", corpus, layers=LAYERS, show_progress=False, model=models[kind], tokenizer=tokenizer))[0]
        found = self.turns(f32=lambda: ours("f32"), bf16=lambda: ours("bf16"), peer32=lambda: peer("f32"), peer16=lambda: peer("bf16"))
        self.say(f"build, {len(lines)} sentences, f32", found["f32"], found["peer32"], "package, float32")
        self.say("build, bf16", found["bf16"], found["peer16"], "package, bfloat16")
        self.say("build, bf16", found["bf16"], found["peer32"], "package, its default (float32)")

    def index(self, folder, layers):
        """Writes an index of vectors that nobody encoded, as docs and schema describe one."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        count, width = next(iter(layers.values())).shape
        parts = {}
        for layer, rows in layers.items():
            save_file({"embeddings": rows}, folder / f"layer-{layer:02d}.safetensors")
            mean = rows.float().mean(0)
            parts[f"mean.{layer}"], parts[f"directions.{layer}"] = mean[None].contiguous(), torch.zeros(0, width)
        save_file(parts, folder / "common.safetensors")
        zeros = torch.zeros(count, dtype=torch.int32)
        save_file({"token_id": zeros, "position": zeros.clone(), "sentence": zeros.clone(), "corpus_utf8": torch.tensor([115], dtype=torch.uint8), "corpus_offsets": torch.tensor([0, 1])}, folder / "tokens.safetensors")
        record = lambda path: {"name": path.name, "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        made = {"format": "latentlens.index", "version": 4, "model": dict.fromkeys(("name", "fingerprint", "configuration", "tokenizer", "arithmetic"), "none"), "hidden_size": width, "layers": list(layers), "dtype": "bf16", "rows": count, "rules": {"first_position": 0, "max_contexts": 1, "max_tokens": 1}, "corpus": {"sha256": "none"}, "files": [record(path) for path in sorted(folder.glob("*.safetensors"))]}
        (folder / "index.json").write_text(json.dumps(made))

    def search(self):
        generator = torch.Generator().manual_seed(0)
        crowd = torch.randn(2048, generator=generator) * 2
        unit = lambda count: F.normalize(torch.randn(count, 2048, generator=generator) + crowd, dim=-1)
        layers = {layer: unit(100_000).bfloat16() for layer in (1, 2, 3, 4)}
        queries = unit(576)
        self.index(self.folder / "vectors.index", layers)
        save_file({"queries": queries}, self.folder / "queries.safetensors")
        search = lambda *more: self.process("search", "--index", self.folder / "vectors.index", "--queries", self.folder / "queries.safetensors", "--top-k", 5, *more)
        floats = {layer: rows.float() for layer, rows in layers.items()}
        package = ContextualIndex({layer: {"embeddings": rows, "metadata": [{}] * len(rows)} for layer, rows in floats.items()})
        flat = {layer: faiss.IndexFlatIP(2048) for layer in layers}
        for layer, index in flat.items():
            index.add(floats[layer].numpy())
        halves = queries.bfloat16()
        asked = np.ascontiguousarray(queries.numpy())
        faiss.omp_set_num_threads(torch.get_num_threads())
        found = self.turns(
            ours=search,
            package=lambda: seconds(lambda: package.search(queries, top_k=5))[0],
            faiss=lambda: seconds(lambda: [index.search(asked, 5) for index in flat.values()])[0],
            torch=lambda: seconds(lambda: [(halves @ rows.T).topk(5, -1) for rows in layers.values()])[0])
        for name, whose in (("package", "package, float32"), ("faiss", "FAISS, flat"), ("torch", "torch, bf16")):
            self.say("search, 576 in 4 x 100,000 x 2048", found["ours"], found[name], whose)

    def prefill(self):
        _, tokenizer = loading.decoder(self.weights)
        text = " ".join((self.weights / "concepts.txt").read_text().splitlines()[:60])
        ids = tokenizer(text)["input_ids"][:512]
        for name, count in (("many", 512), ("one", 1)):
            save_file({"token_ids": torch.tensor(ids[:count])}, self.folder / f"{name}.safetensors")
        model = LlamaForCausalLM.from_pretrained(self.model, dtype=torch.bfloat16).eval()
        inputs = torch.tensor([ids])
        ours = lambda name: self.process("states", "--model", self.model, "--inputs", self.folder / f"{name}.safetensors", "--layers", "30", "--compute", "bf16", "--out", self.folder / "states.safetensors")

        @torch.no_grad()
        def theirs():
            return seconds(lambda: model.model(inputs, use_cache=False))[0]

        theirs()
        found = self.turns(many=lambda: ours("many"), one=lambda: ours("one"), theirs=theirs)
        self.say("prefill of 512 tokens", found["many"] - found["one"], found["theirs"], "transformers, bf16")

    def generate(self):
        """Ours reads a picture before it; a decoder that never ends its text stands on both sides."""
        endless = self.folder / "endless"
        model = LlamaForCausalLM.from_pretrained(self.model, dtype=torch.bfloat16).eval()
        model.config.eos_token_id = model.generation_config.eos_token_id = model.config.vocab_size - 1
        model.save_pretrained(endless)
        config = json.loads((endless / "config.json").read_text())
        (endless / "config.json").write_text(json.dumps({key: value for key, value in config.items() if key != "_model_name_or_path"}))
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(self.model / name, endless)
        real = REPOSITORY / "models" / "real"
        manifest = json.loads((real / "model.json").read_text())
        del manifest["$schema"]
        manifest["decoder"]["weights"] = str(endless.resolve())
        manifest["encoder"]["weights"] = str((self.weights / "dinov2").resolve())
        manifest["connector"]["weights"] = str(real / manifest["connector"]["weights"])
        (self.folder / "endless.json").write_text(json.dumps(manifest))
        picture = sorted((real / "images").glob("*.png"))[0]
        ours = lambda count: self.process("generate", "--model", self.folder / "endless.json", "--image", picture, "--max-tokens", count, "--compute", "bf16", "--quiet")
        prompt = torch.randint(1000, 40000, (1, 80), generator=torch.Generator().manual_seed(0))
        theirs = lambda count: seconds(lambda: model.generate(prompt, max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0))[0]
        theirs(2)
        found = self.turns(many=lambda: ours(65), one=lambda: ours(1), peer=lambda: theirs(65), least=lambda: theirs(1))
        self.say("64 tokens, one by one", found["many"] - found["one"], found["peer"] - found["least"], "transformers, bf16")

    def encode(self):
        large = self.folder / "vit-large"
        if not large.exists():
            torch.manual_seed(0)
            shape = Dinov2Config(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, image_size=518, patch_size=14)
            Dinov2Model(shape).bfloat16().save_pretrained(large)
        for name, side in (("large", 518), ("small", 28)):
            save_file({"pixel_values": torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))}, self.folder / f"{name}.safetensors")
        pixels = torch.randn(1, 3, 518, 518).bfloat16()
        for name, encoder, depth in (("ViT-S/14", self.weights / "dinov2", 12), ("ViT-L/14, untrained", large, 24)):
            model = Dinov2Model.from_pretrained(encoder, dtype=torch.bfloat16).eval()
            ours = lambda name: self.process("states", "--model", encoder, "--inputs", self.folder / f"{name}.safetensors", "--layers", depth, "--compute", "bf16", "--out", self.folder / "states.safetensors")

            @torch.no_grad()
            def theirs():
                return seconds(lambda: model(pixels))[0]

            theirs()
            found = self.turns(large=lambda: ours("large"), small=lambda: ours("small"), theirs=theirs)
            self.say(f"{name}, 1,369 patches", found["large"] - found["small"], found["theirs"], "transformers, bf16")

    def kernels(self):
        program = self.folder / "kernels"
        sources = REPOSITORY / "Sources" / "Kernels" / "CKernels"
        subprocess.run(["clang", "-O2", "-I", sources / "include", *sorted(sources.glob("*.c")), REPOSITORY / "Benchmarks" / "kernels.c", "-o", program, "-lopenblas", "-lm"], check=True)
        found = json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        for name, dtype in (("torch, f32", torch.float32), ("torch, bf16", torch.bfloat16)):
            rates = {}
            for rows in found[0]["rates"]:
                a, b = torch.rand(int(rows), 256).to(dtype), torch.rand(256, 128).to(dtype)
                rounds = int(1e9 / (int(rows) * 256 * 128)) + 1
                best = min(seconds(lambda: [a @ b for _ in range(rounds)])[0] for _ in range(5))
                rates[rows] = rounds * int(rows) * 256 * 128 * 2 / best * 1e-9
            ceiling = next(kind["ceiling"] for kind in found if kind["name"] == name.split(", ")[1])
            found.append({"name": name, "ceiling": ceiling, "rates": rates})
        torch.set_num_threads(threads)
        print(f"{'10^9 operations a second, one core':34} {'ceiling':>9}" + "".join(f"{rows + ' rows':>10}" for rows in found[0]["rates"]))
        for kind in found:
            print(f"{kind['name']:34} {kind['ceiling']:9.1f}" + "".join(f"{rate:10.1f}" for rate in kind["rates"].values()), flush=True)
        print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, default=REPOSITORY / "models" / "real" / "weights")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sentences", type=int, default=1500)
    parser.add_argument("--only", default="kernels,search,prefill,generate,encode,build")
    given = parser.parse_args()
    if not (given.weights / "smollm2.gguf").exists():
        sys.exit(f"bench.py: {given.weights} holds no weights; `make real` fetches them, or models/real/fetch.py alone")
    # Some machines tell OpenBLAS to pretend to be an older processor: nobody is to be slowed by that here.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    bench = Bench(given)
    print(f"medians of {given.runs} runs, {torch.get_num_threads()} threads, torch {torch.__version__}, FAISS {faiss.__version__}\n")
    for name in given.only.split(","):
        getattr(bench, name)()


main()

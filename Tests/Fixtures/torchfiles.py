"""Files of torch.save, honest and hostile, and what torch reads from the honest ones.

Usage: python torchfiles.py
"""

import os
import shutil
import zipfile
from collections import OrderedDict

import torch
from safetensors.torch import save_file

from common import HERE, versions, write_json

FOLDER = HERE / "torch"


class Hostile:
    """What pickle runs when a file is opened carelessly."""

    def __init__(self, function, *arguments):
        self.made = (function, arguments)

    def __reduce__(self):
        return self.made


def rewrite(source, target, changes=(), compression=zipfile.ZIP_STORED):
    """Copies an archive with some members replaced, or dropped where the new bytes are None."""
    changes = dict(changes)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for info in old.infolist():
            data = changes.get(info.filename.split("/", 1)[1], old.read(info))
            if data is not None:
                new.writestr(info.filename, data)


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir()
generator = torch.Generator().manual_seed(3)
whole = torch.randn(6, 5, generator=generator)
honest = {
    "weight": whole[:3],
    "shared": whole[2:4],
    "bias": torch.randn(5, generator=generator),
    "half": torch.randn(2, 3, generator=generator).half(),
    "brain": torch.randn(2, 3, generator=generator).bfloat16(),
    "ids": torch.arange(4),
    "parameter": torch.nn.Parameter(torch.randn(1, 4, generator=generator)),
    "scalar": torch.tensor(2.5),
}
torch.save(honest, FOLDER / "plain.pt")
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
torch.save(module.state_dict(), FOLDER / "module.pt")
save_file({name: tensor.detach().clone().contiguous() for name, tensor in honest.items()}, FOLDER / "plain.safetensors")
save_file({name: tensor.contiguous() for name, tensor in module.state_dict().items()}, FOLDER / "module.safetensors")

torch.save({"weight": whole, "code": Hostile(os.system, "touch latentlens-was-here")}, FOLDER / "hostile-system.pt")
torch.save(OrderedDict(weight=Hostile(eval, "1 + 1")), FOLDER / "hostile-eval.pt")
torch.save(Hostile(print, "hello"), FOLDER / "hostile-root.pt")
torch.save({"module": module}, FOLDER / "hostile-module.pt")
torch.save({"weight": whole.T}, FOLDER / "transposed.pt")
torch.save({"weight": whole, "step": 12}, FOLDER / "mixed.pt")
torch.save([whole], FOLDER / "list.pt")
torch.save({"weight": whole}, FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"weight": whole.clone()}, FOLDER / "archive.pt")
rewrite(FOLDER / "archive.pt", FOLDER / "compressed.pt", compression=zipfile.ZIP_DEFLATED)
rewrite(FOLDER / "archive.pt", FOLDER / "big-endian.pt", {"byteorder": b"big"})
rewrite(FOLDER / "archive.pt", FOLDER / "short-storage.pt", {"data/0": bytes(16)})
rewrite(FOLDER / "archive.pt", FOLDER / "no-storage.pt", {"data/0": None})
rewrite(FOLDER / "archive.pt", FOLDER / "no-pickle.pt", {"data.pkl": None})
rewrite(FOLDER / "archive.pt", FOLDER / "cut-pickle.pt", {"data.pkl": zipfile.ZipFile(FOLDER / "archive.pt").read("archive/data.pkl")[:-9]})
# INST, an older way to ask for a function.
rewrite(FOLDER / "archive.pt", FOLDER / "hostile-inst.pt", {"data.pkl": b"\x80\x02(ios\nsystem\n."})
# Tuples that stand in each other.
rewrite(FOLDER / "archive.pt", FOLDER / "deep.pt", {"data.pkl": b"\x80\x02}X\x01\0\0\0a)" + b"\x85" * 3000 + b"s."})
write_json(FOLDER / "meta.json", {"note": "files of torch.save"} | versions())

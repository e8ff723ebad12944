#!/usr/bin/env python3
"""Lets the tool work for long, and looks whether its memory grows.

    leaks.py TOOL [PICTURES]

A run over many pictures, an index over a large corpus, and a search of many vectors, all with the demo's model and made
up by this script from a seed. While each works, its private memory (`Private_Dirty` of /proc/PID/smaps_rollup: what it
has written itself, without mapped files) is read ten times a second. The most of the last quarter of the time may not
exceed the most of the second quarter, when all that a work needs is there, by more than `SLACK` and, for a run, the size
of its results, which it keeps until it writes them.
"""
import random
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "models" / "demo"
SLACK = 8 << 20


def png(width: int, height: int, dice: random.Random) -> bytes:
    """A picture of coloured squares."""
    colours = [[dice.randbytes(3) for _ in range(width // 8 + 1)] for _ in range(height // 8 + 1)]
    rows = b"".join(b"\0" + b"".join(colours[y // 8][x // 8] for x in range(width)) for y in range(height))

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def vectors(path: Path, count: int, width: int, dice: random.Random) -> None:
    header = f'{{"states": {{"dtype": "F32", "shape": [{count}, {width}], "data_offsets": [0, {4 * count * width}]}}}}'
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode())
        for _ in range(count):
            file.write(struct.pack(f"<{width}f", *(dice.gauss(0, 1) for _ in range(width))))


def memory(process: int) -> int:
    """Private bytes of a process that have been written; 0 where it is gone."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1]) << 10
    except (OSError, ProcessLookupError):
        pass
    return 0


def watch(name: str, arguments: list[str], kept: Path | None = None) -> bool:
    """Whether the memory of a command stays as it is, but for what it keeps to write it to a folder at its end."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=told)
        samples = []
        while process.poll() is None:
            samples.append(memory(process.pid))
            time.sleep(0.1)
        told.seek(0)
        assert process.returncode == 0, told.read().decode()
    samples = [sample for sample in samples if sample]
    quarter = len(samples) // 4
    assert quarter > 4, f"{name}: was done too soon to tell"
    quarters = [max(samples[number * quarter:(number + 1) * quarter]) for number in range(4)]
    grown = quarters[3] - quarters[1]
    room = sum(file.stat().st_size for file in kept.iterdir()) if kept else 0
    flat = grown <= SLACK + room
    print(f"{name}: at most {', '.join(f'{most / 2**20:.1f}' for most in quarters)} MiB in each quarter of "
          f"{len(samples) / 10:.0f} s: {grown / 2**20:+.1f} MiB"
          f"{f' with {room / 2**20:.1f} MiB of results' if kept else ''}, {'flat' if flat else 'GROWS'}", flush=True)
    return flat


def main() -> None:
    tool = str(Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    dice = random.Random(12)
    flat = []
    with tempfile.TemporaryDirectory(prefix="latentlens-leaks-") as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        for number in range(count):
            size = dice.randrange(40, 400), dice.randrange(40, 400)
            (folder / "pictures" / f"{number:04}.png").write_bytes(png(*size, dice))
        words = (DEMO / "corpus.txt").read_text().split()
        corpus = folder / "corpus.txt"
        corpus.write_text("".join(" ".join(dice.choices(words, k=12)) + "\n" for _ in range(30 * count)))
        vectors(folder / "queries.safetensors", 100 * count, 128, dice)
        flat.append(watch("index build", [
            tool, "index", "build", "--model", str(DEMO), "--corpus", str(corpus), "--max-contexts", "100000",
            "--out", str(folder / "index")]))
        flat.append(watch("search", [
            tool, "search", "--index", str(folder / "index"), "--queries", str(folder / "queries.safetensors"),
            "--top-k", "5"]))
        flat.append(watch(f"interpret {count} pictures", [
            tool, "interpret", "--model", str(DEMO / "model.json"), "--image", str(folder / "pictures"),
            "--lens", "logit,embedding", "--layers", "2", "--top-k", "1", "--out", str(folder / "run")],
            kept=folder / "run"))
    sys.exit(not all(flat))


if __name__ == "__main__":
    main()

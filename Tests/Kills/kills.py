#!/usr/bin/env python3
"""Kills `run`, `index build`, `compare`, `index merge` and `index import` at random moments, and looks at what is left.

    kills.py TOOL [KILLS [SEED]]

For each kind of work: what it makes when nobody disturbs it is kept. Then it is begun again and again, and ended
after a random part of the time that it takes: by SIGKILL, or by SIGINT or SIGTERM, as a terminal or a batch
system does. After each kill, nothing may stand under a final name but what is whole: the same bytes. Every few
kills it is let alone, and then has to succeed, to have made the same bytes, and to have left nothing else.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "models" / "demo"


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name in it."""
    return {str(file.relative_to(folder)): file.read_bytes()
            for file in sorted(folder.rglob("*")) if file.is_file()}


class Work:
    """A command whose output is a folder."""

    def __init__(self, tool: str, name: str, arguments: list[str], place: Path, in_place: bool = False):
        self.name, self.place = name, place
        self.out = place / "out"
        self.command = [tool, *arguments, "--out", str(self.out), "--threads", "1"]
        # A run and a comparison write files into a folder that is there, which is whole when all of them are.
        self.in_place = in_place
        place.mkdir()
        self.seconds = self.alone()
        self.whole = content(self.out)
        self.kills = self.wholes = 0
        shutil.rmtree(self.out)

    def alone(self) -> float:
        begin = time.monotonic()
        done = subprocess.run(self.command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, f"{self.name}: {done.stderr}"
        return time.monotonic() - begin

    def kill(self, dice: random.Random) -> None:
        process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        time.sleep(dice.uniform(0, 1.1 * self.seconds))
        ending = dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
        process.send_signal(ending)
        complaint = process.communicate(timeout=600)[1]
        self.kills += 1
        assert process.returncode in (0, 1, -ending), f"{self.name}: {process.returncode} {complaint}"
        assert "Fatal" not in complaint and "crashed" not in complaint, f"{self.name}: {complaint}"
        self.check_names()

    def check_names(self) -> None:
        """What has its final name is whole."""
        if not self.out.exists():
            return
        for name, found in content(self.out).items():
            if ".building/" in name or ".partial-" in name:
                continue
            assert self.whole.get(name) == found, f"{self.name}: {name} is not what it has to be"
            self.wholes += 1
        if not self.in_place:
            assert content(self.out) == self.whole, f"{self.name}: {self.out} is not whole"

    def finish(self, dice: random.Random) -> None:
        """Lets the work alone; what it makes has to be the same, and nothing else is left."""
        self.alone()
        found = content(self.out)
        assert found.keys() == self.whole.keys(), f"{self.name}: {found.keys() ^ self.whole.keys()}"
        assert found == self.whole, f"{self.name}: other bytes"
        left = [path.name for path in self.place.iterdir() if path != self.out]
        assert not left, f"{self.name}: left over: {left}"
        # At times over what is there: then nothing is to be done, or it is replaced.
        if dice.random() < 0.8:
            shutil.rmtree(self.out)


def main() -> None:
    tool = str(Path(sys.argv[1]).resolve())
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    dice = random.Random(seed)
    print(f"seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="latentlens-kills-"))
    model, corpus = str(DEMO), str(DEMO / "corpus.txt")

    def make(*arguments: str) -> None:
        subprocess.run([tool, *arguments], check=True, capture_output=True, cwd=ROOT)

    build = ["index", "build", "--model", model, "--corpus", corpus, "--layers", "2,5"]
    parts = [str(folder / f"part-{number}") for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        make(*build, "--out", part, "--shard", f"{number}/2")
    make("index", "merge", *parts, "--out", str(folder / "index"))
    make("index", "export", str(folder / "index"), "--model", model, "--out", str(folder / "cache"))
    runs = [str(folder / f"run-{number}") for number in (1, 2)]
    for run in runs:
        make("interpret", "--model", f"{model}/model.json", "--lens", "logit", "--image",
             f"{model}/images", "--out", run)
    works = [
        Work(tool, "run", ["run", f"{model}/run.json"], folder / "a", in_place=True),
        Work(tool, "index build", build, folder / "b"),
        Work(tool, "compare", ["compare", *runs], folder / "c", in_place=True),
        Work(tool, "index merge", ["index", "merge", *parts], folder / "d"),
        Work(tool, "index import", ["index", "import", str(folder / "cache"), "--model", model], folder / "e"),
    ]
    before = {part: content(Path(part)) for part in [*parts, *runs, str(folder / "cache")]}
    for number in range(kills):
        work = works[number % len(works)]
        work.kill(dice)
        if dice.random() < 0.25:
            work.finish(dice)
    for work in works:
        work.finish(dice)
        print(f"{work.name}: {work.kills} kills within {work.seconds:.1f} s; {work.wholes} times a file stood "
              f"there whole; all bytes the same at last, nothing left over", flush=True)
    for path, found in before.items():
        assert content(Path(path)) == found, f"{path}: was read, and is not what it was"
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()

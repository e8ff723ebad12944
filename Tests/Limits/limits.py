#!/usr/bin/env python3
"""Runs the tool where a machine gives less than it usually does, and prints what happens as a table.

    limits.py TOOL

Each case is a command under a limit. It has to end within two minutes, with status 0 and the bytes that it makes
without the limit, or with status 1 and one line on standard error; and it must leave nothing half written. The
cases with disks mount small ones and need root; without it they are named and passed over.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "models" / "demo"
IMAGE = str(DEMO / "images" / "night.jpg")
tool = str(Path(sys.argv[1]).resolve())
failures = 0


def commands(out: Path) -> dict[str, list[str]]:
    return {
        "states": ["states", "--model", str(DEMO), "--text", "a red boat", "--out", str(out / "states")],
        "index build": ["index", "build", "--model", str(DEMO), "--corpus", str(DEMO / "corpus.txt"),
                        "--layers", "2,5", "--out", str(out / "index")],
        "interpret": ["interpret", "--model", str(DEMO / "model.json"), "--image", IMAGE, "--lens", "logit",
                      "--out", str(out / "run")],
    }


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def run(arguments: list[str], limit: str = "", environment: dict[str, str | None] = {}, threads: int | None = None):
    line = f'{limit}{"; " if limit else ""}exec "$@"'
    variables = {**os.environ, **{key: value for key, value in environment.items() if value is not None}}
    for key, value in environment.items():
        if value is None:
            variables.pop(key, None)
    more = ["--threads", str(threads)] if threads else []
    return subprocess.run(["bash", "-c", line, "bash", tool, *arguments, *more], capture_output=True, text=True,
                          env=variables, cwd=ROOT, timeout=120)


def told(done: subprocess.CompletedProcess, out: Path, expected: dict[str, bytes], name: str) -> str:
    """What happened, in words; complains where it is not what is promised."""
    global failures
    found = content(out) if out.exists() else {}
    if done.returncode == 0 and {**expected, **found} == expected and found:
        return "done, the same bytes"
    lines = done.stderr.strip().splitlines()
    # An index that was begun is gone on with; what one leaves that was ended at once the next one removes.
    begun = any(".building/" in file for file in found)
    found = {file for file in found if ".building/" not in file and ".partial-" not in file}
    if done.returncode in (1, 127) and len(lines) == 1 and not found:
        reason = lines[0].removeprefix("latentlens: ").replace(str(out) + "/", "").replace(str(DEMO) + "/", "")
        if done.returncode == 127:
            return "the system cannot load it"
        return f"“{reason}”" + (" (what is done of the index is kept)" if begun else "")
    failures += 1
    print(f"{name}: status {done.returncode}, {lines[:3]}, left {sorted(found)}", file=sys.stderr)
    return f"FAILED: status {done.returncode}"


def main() -> None:
    base = Path(tempfile.mkdtemp(prefix="latentlens-limits-"))
    plain = base / "plain"
    plain.mkdir()
    expected = {}
    for name, arguments in commands(plain).items():
        done = run(arguments)
        assert done.returncode == 0, done.stderr
    whole = content(plain)

    def rows(title: str, place: Path | None = None, **limits) -> None:
        outcomes = {}
        for name in commands(base):
            out = place or base / "out"
            out.mkdir(exist_ok=True)
            try:
                outcome = told(run(commands(out)[name], **limits), out, whole, f"{title}, {name}")
            except subprocess.TimeoutExpired:
                global failures
                failures += 1
                outcome = "FAILED: hangs"
            for left in out.iterdir():
                subprocess.run(["rm", "-rf", str(left)], check=True)
            outcomes.setdefault(outcome, []).append(name)
        for outcome, names in outcomes.items():
            print(f"| {title} | {'all' if len(names) == 3 else ', '.join(names)} | {outcome} |", flush=True)

    print("| limit | command | what happens |\n|---|---|---|")
    for megabytes in (64, 160, 256, 384, 512, 768, 1024):
        rows(f"`ulimit -v` {megabytes} MiB", limit=f"ulimit -v {megabytes * 1024}")
    for count in (4, 8, 12):
        rows(f"`ulimit -n` {count}", limit=f"ulimit -n {count}")
    for kilobytes in (128, 256, 1024):
        rows(f"`ulimit -s` {kilobytes} KiB", limit=f"ulimit -s {kilobytes}")
    rows("`ulimit -f` 1 KiB", limit="ulimit -f 1")
    for title, options in (("a full disk (64 KiB)", "size=64k"), ("a read-only disk", "ro")):
        disk = base / "disk"
        disk.mkdir(exist_ok=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode:
            print(f"{title}: passed over, since nothing can be mounted here", file=sys.stderr)
            continue
        rows(title, place=disk)
        subprocess.run(["umount", str(disk)], check=True)
    rows("`HOME` not set", environment={"HOME": None, "XDG_CACHE_HOME": None})
    rows("`HOME` nowhere", environment={"HOME": "/nowhere/at/all"})
    rows("Turkish (`LC_ALL=tr_TR.UTF-8`)", environment={"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"})
    rows("`--threads 64` on few cores", threads=64)
    shutil.rmtree(base)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

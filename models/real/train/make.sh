#!/bin/sh
# Trains the connector from its seeds. Usage: make.sh CACHE [SEED]     (needs the packages of requirements.txt)
# Every part goes on where it was cut off. README.md tells how long each takes.
set -eu
mkdir -p "$1"
cache=$(cd "$1" && pwd) seed=${2:-0}
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1
python ../fetch.py --to "$cache/weights"
[ -d "$cache/looks" ] || ./looks.sh "$cache/sources" "$cache/looks"
for set in "held 1280 77" "held 256 99" "art 192 98" "train 7040 1"; do
    python features.py "$cache/weights" "$cache/looks" "$cache/features" $set
done
# Dequantised once, before two processes ask for it.
[ -d "$cache/weights/smollm2-torch" ] || python decoder.py "$cache/weights"
train() {
    python -m torch.distributed.run --nproc-per-node 2 connector.py "$cache/weights" "$cache/looks" "$cache/features" "$cache/seed$seed" --seed "$seed" "$@"
}
# Names first, from the cheapest windows; then places, grounds and whole scenes; at the end a rate that falls to zero.
train --batch 24 --lr 1e-3 --steps 700 --single 0.5 --tiny 0.25 --small 0.15
train --batch 24 --lr 1.5e-3 --steps 1250 --single 0.35 --tiny 0.2 --small 0.1 --whole 0.15
train --batch 24 --lr 1.5e-3 --decay 250 --single 0.35 --tiny 0.15 --small 0.1 --whole 0.2
for set in held-77 held-99 art-98; do
    python score.py "$cache/weights" "$cache/looks" "$cache/features/$set" "$cache/seed$seed/connector.safetensors" 192 "$cache/seed$seed/score-$set.json"
done
python evaluate.py "$cache/weights" ../images "$cache/seed$seed/connector.safetensors" --features "$cache/features/held-77" --cache "$cache/index" --out "$cache/seed$seed/evaluation.json"

#!/bin/sh
# Trains the connector from its seeds. Usage: make.sh CACHE [SEED]     (needs the packages of requirements.txt)
# Every part goes on where it was cut off. README.md tells how long each takes.
set -eu
cd "$(dirname "$0")"
cache=$1 seed=${2:-0}
export OMP_NUM_THREADS=1
python ../fetch.py --to "$cache/weights"
[ -d "$cache/looks" ] || ./looks.sh "$cache/sources" "$cache/looks"
for set in "noto 1920 77" "noto 192 99" "art 192 98" "train 9600 1"; do
    python features.py "$cache/weights" "$cache/looks" "$cache/features" $set
done
train() {
    python -m torch.distributed.run --nproc-per-node 2 connector.py "$cache/weights" "$cache/looks" "$cache/features" "$cache/seed$seed" --seed "$seed" "$@"
}
# Names first, from the cheapest windows; then places and grounds; then whole scenes, at a rate that falls to zero.
train --steps 1000 --tiny 0.6 --small 0.2
train --steps 1800 --tiny 0.3 --small 0.1 --whole 0.2
train --decay 400 --tiny 0.1 --small 0.1 --whole 0.5
for set in noto-77 noto-99 art-98; do
    python score.py "$cache/weights" "$cache/looks" "$cache/features/$set" "$cache/seed$seed/connector.safetensors" 192 "$cache/seed$seed/score-$set.json"
done
python evaluate.py "$cache/weights" ../images "$cache/seed$seed/connector.safetensors" --features "$cache/features/noto-77" --cache "$cache/index" --out "$cache/seed$seed/evaluation.json"

#!/bin/sh
# Trains the connector from its seeds. Usage: make.sh CACHE [SEED]     (needs the packages of requirements.txt)
# Every part goes on where it was cut off, but for the codebook. README.md tells how long each takes.
set -eu
mkdir -p "$1"
cache=$(cd "$1" && pwd) seed=${2:-0}
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1
python ../fetch.py --to "$cache/weights"
[ -d "$cache/looks" ] || ./looks.sh "$cache/sources" "$cache/looks"
for set in "held 256 77" "held 256 99" "held 256 101" "held 256 103" "held 256 105" "held 256 107" "held 256 109" "art 192 98" "train 24960 2" "crowd 122240 31"; do
    python features.py "$cache/weights" "$cache/looks" "$cache/features" $set
done
run="$cache/seed$seed"
[ -f "$run/codebook.txt" ] || python codebook.py "$cache/weights" "$cache/looks" "$cache/features/train-2" "$cache/features/crowd-31" "$run" --seed "$seed"
python connector.py "$cache/weights" "$cache/looks" "$cache/features/train-2" "$cache/features/held-77" "$run" --also "$cache/features/crowd-31" --seed "$seed"
for set in held-77 held-99 held-101 held-103 held-105 held-107 held-109 art-98; do
    python score.py "$cache/weights" "$cache/looks" "$cache/features/$set" "$run/connector.safetensors" 256 "$run/score-$set.json"
done
python evaluate.py "$cache/weights" ../images "$run/connector.safetensors" --features "$cache/features/held-77" --cache "$cache/index" --out "$run/evaluation.json"

#!/usr/bin/env bash
# Builds with the trait MPI, in a folder of its own, and holds what several processes do together to what one does alone:
# the same bytes, and where one dies, what a kill leaves.
#
# Usage: Tests/MPI/check.sh; needs libopenmpi-dev and openmpi-bin.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! pkg-config --exists ompi || ! command -v mpirun >/dev/null; then
  echo "Open MPI is missing: apt-get install libopenmpi-dev openmpi-bin" >&2
  exit 1
fi
swift build -c release --traits MPI --scratch-path .build-mpi --product latentlens
tool=$PWD/.build-mpi/release/latentlens
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

fail() {
  echo "Tests/MPI/check.sh: $*" >&2
  exit 1
}

# Open MPI refuses root and more processes than cores unless it is told; -q leaves the complaint to us.
together() {
  local count=$1
  shift
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    mpirun -q --oversubscribe -n "$count" "$tool" "$@"
}

same() { diff -r "$1" "$2" >/dev/null || fail "$1 and $2 differ"; }
absent() { [ ! -e "$1" ] || fail "$1 is there"; }

# A command that has to fail with one line that says something.
refused() {
  local status=$1 words=$2 told=0
  shift 2
  "$@" >"$room/out" 2>"$room/complaint" || told=$?
  [ "$told" = "$status" ] || fail "$* ended with $told instead of $status: $(cat "$room/complaint")"
  grep -q "$words" "$room/complaint" || fail "$* does not say '$words': $(cat "$room/complaint")"
  [ "$(grep -c latentlens: "$room/complaint")" -le 1 ] || fail "$* complains twice: $(cat "$room/complaint")"
}

build=(index build --model models/demo --corpus models/demo/corpus.txt --layers 2,5 --threads 1)

echo "an index"
"$tool" "${build[@]}" --out "$room/alone"
for count in 2 3; do
  together $count "${build[@]}" --out "$room/index-$count" >"$room/told"
  [ "$(wc -l <"$room/told")" = 1 ] || fail "more than one speaks: $(cat "$room/told")"
  same "$room/alone" "$room/index-$count"
  absent "$room/index-$count.building"
done
together 2 "${build[@]}" --out "$room/index-2" | grep -q "whole already" || fail "a whole index is built again"
refused 1 "exists already" together 3 "${build[@]}" --dtype f16 --out "$room/index-2"
refused 64 "is for one process" together 2 "${build[@]}" --shard 1/2 --out "$room/shard"
refused 64 "done by one process" together 2 index info "$room/alone"

echo "an index of which a process is killed"
killed=0
for delay in 0 0 0.01 0.02 0.05 0.2 0.4 0.7; do
  together 3 "${build[@]}" --out "$room/killed" >/dev/null 2>&1 &
  job=$!
  until [ -e "$room/killed" ] || ls -d "$room"/killed.building/parts/*/ >/dev/null 2>&1; do
    kill -0 $job 2>/dev/null || break
    sleep 0.01
  done
  sleep $delay
  # The shell runs mpirun as a child of its own, and that the processes.
  victim=$(pgrep -f "^$tool .*$room/killed\$" | sort -n | tail -1 || true)
  if [ -n "$victim" ]; then
    kill -KILL "$victim" 2>/dev/null || true
    if ! wait $job; then
      # Behind the last step, what is there is whole.
      if [ -e "$room/killed" ]; then
        same "$room/alone" "$room/killed"
        continue
      fi
      killed=$((killed + 1))
      [ -d "$room/killed.building" ] || fail "nothing is left to go on with"
    fi
  else
    wait $job || true
  fi
done
[ $killed -gt 0 ] || fail "no process was killed in time"
together 3 "${build[@]}" --out "$room/killed" >/dev/null
same "$room/alone" "$room/killed"
absent "$room/killed.building"

echo "a search"
for way in "" --exhaustive; do
  search=(search --index "$room/alone" --model models/demo --top-k 4 --at 3,5 --text 'a red boat lies on the beach' 'night' $way)
  "$tool" "${search[@]}" >"$room/found"
  for count in 2 3; do
    together $count "${search[@]}" >"$room/found-$count"
    same "$room/found" "$room/found-$count"
  done
done

echo "a run"
"$tool" run models/demo/run.json --quiet --out "$room/run"
mv "$room/run" "$room/run-alone"
for count in 2 3; do
  together $count run models/demo/run.json --quiet --out "$room/run"
  same "$room/run-alone" "$room/run"
  rm -r "$room/run"
done
# The last process gets a picture that is none.
echo "no picture" >"$room/broken.png"
refused 1 "rank 2: .*broken.png" together 3 interpret --model models/demo/model.json --lens logit \
  --image models/demo/images "$room/broken.png" --out "$room/broken"
absent "$room/broken"

echo "what several processes do is what one does"

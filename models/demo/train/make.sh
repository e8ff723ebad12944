#!/bin/sh
# Makes the whole demo from its seeds: about 45 minutes on two cores of a 2024 server processor.
# Usage: make.sh CACHE     (needs the packages of requirements.txt)
set -eu
mkdir -p "$1"
cache=$(cd "$1" && pwd)
cd "$(dirname "$0")"
python scenes.py "$cache"
python decoder.py "$cache" 2200
python encoder.py "$cache" 900
python connector.py "$cache" 1200
python export.py "$cache" ..
python ../../../scripts/capture-golden.py .. ../images/night.jpg '<im_start><image><im_end>' ../golden

#!/bin/sh
# Makes the whole demo from its seeds: about 45 minutes on two cores of a 2024 server processor.
# Usage: make.sh CACHE     (needs the packages of requirements.txt)
set -eu
cd "$(dirname "$0")"
python scenes.py "$1"
python decoder.py "$1" 2200
python encoder.py "$1" 900
python connector.py "$1" 1200
python export.py "$1" ..
python ../../../scripts/capture-golden.py .. ../images/night.jpg '<im_start><image><im_end>' ../golden

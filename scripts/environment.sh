#!/bin/sh
# Make a virtual environment, or make it anew when it cannot be used. Makefile runs this before every install:
#   sh scripts/environment.sh FOLDER PYTHON [chosen]
# "chosen" means that somebody named PYTHON, so that an environment of another version is replaced. FOLDER/.python
# is touched when the environment is new, which makes everything that was installed into it out of date.
set -eu
folder=$1 python=$2 chosen=${3-}

version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}
supported() {
    case $1 in 3.1[0-9] | 3.[2-9][0-9]) ;; *) return 1 ;; esac
}
# the programs of an environment name their interpreter by its path, and stop working when the checkout moves
in_place() {
    LC_ALL=C grep -qsF "$(pwd -P)/$folder/bin/" "$folder/bin/pip"
}

why=
if [ -d "$folder" ]; then
    found=$(version "$folder/bin/python")
    if [ -z "$found" ]; then why="its Python does not run"
    elif ! supported "$found"; then why="it has Python $found"
    elif ! in_place; then why="the checkout was moved, or an install was interrupted"
    elif [ -n "$chosen" ] && [ "$found" != "$(version "$python")" ]; then why="it has Python $found"
    else
        # older than everything, so that an environment made before this file existed is not installed again
        [ -e "$folder/.python" ] || touch -t 200001010000 "$folder/.python"
        exit 0
    fi
fi

wanted=$(version "$python")
if ! supported "$wanted"; then
    is="Python $wanted"
    [ -n "$wanted" ] || is="not a Python that runs"
    hint="install one"
    for other in python3.14 python3.13 python3.12 python3.11 python3.10; do
        if supported "$(version "$other")"; then
            hint="try make PYTHON=$other"
            break
        fi
    done
    echo "make: $python is $is, and Python 3.10 or later is needed; $hint" >&2
    exit 1
fi
[ -z "$why" ] || echo "making $folder anew: $why"
rm -rf "$folder"
"$python" -m venv "$folder"
touch "$folder/.python"

#!/bin/sh
# From a file of labelled texts to answers, without a line of Python.
#
#     sh examples/command_line.sh TRAIN TEST OUT [OPTION ...]
#
# TRAIN and TEST are files of any format that textclf reads; OPTIONs are those of textclf train.
set -e
train=$1 test=$2 out=$3
shift 3

textclf train "$train" --test "$test" --out "$out" "$@"
textclf inspect "$out"
textclf evaluate "$out" "$test" --quiet --json
textclf predict "$out" --input "$test" --quiet --proba | head -n 3
printf 'What a lovely film.\nI want my money back.\n' | textclf predict "$out"
textclf explain "$out" "The plot is a mess, but the cast is superb." --html "$out-why.html"

# The folder holds the file of the run, which makes the same classifier again.
textclf train --config "$out/run.toml" --out "$out-again" --quiet
cmp "$out/weights.safetensors" "$out-again/weights.safetensors" && echo "the same weights again"

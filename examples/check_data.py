"""What is wrong with a data set, before a model is trained on it.

    python examples/check_data.py TRAIN.tsv [--test FILE] [--vectors FILE] [--max-length N] [--json]

The format of the files is recognised. The exit code is 3 if something must be cured first.
"""

import argparse
import sys

from textclf.doctor import check_data

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train")
parser.add_argument("--test")
parser.add_argument("--vectors")
parser.add_argument("--max-length", type=int)
parser.add_argument("--json", action="store_true")
arguments = parser.parse_args()

found = check_data(
    arguments.train, test=arguments.test, embedding=arguments.vectors, max_length=arguments.max_length
)
print(found.to_json(indent=2) if arguments.json else found)
sys.exit(found.exit_code())

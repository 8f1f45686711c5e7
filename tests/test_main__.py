from __future__ import annotations

import subprocess
import sys

import textclf.__main__
from textclf.cli import main


def test_the_module_is_the_command_line():
    assert textclf.__main__.main is main
    done = subprocess.run(
        [sys.executable, "-m", "textclf", "trian"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "textclf: there is no command 'trian'. Did you mean 'train'?\n"

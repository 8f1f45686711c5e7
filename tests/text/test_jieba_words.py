from __future__ import annotations

import logging
import re
import subprocess
import sys

import pytest

from textclf.errors import MissingDependencyError
from textclf.text import JiebaTokenizer, create_tokenizer


def test_jieba_segments():
    assert JiebaTokenizer()("我爱北京天安门，　3.5分 Good") == [
        "我",
        "爱",
        "北京",
        "天安门",
        ",",
        "3.5",
        "分",
        "Good",
    ]


def test_jieba_without_the_markov_model_leaves_unknown_words_in_characters():
    text = "他来到了网易杭研大厦"
    assert "杭研" in JiebaTokenizer()(text)
    assert JiebaTokenizer(hmm=False)(text)[-3:] == ["杭", "研", "大厦"]


def test_jieba_does_not_use_the_words_a_program_added():
    import jieba

    before = JiebaTokenizer()("石墨烯电影")
    jieba.setLogLevel(logging.WARNING)
    try:
        jieba.add_word("石墨烯电影", freq=10**6)
        assert jieba.lcut("石墨烯电影") == ["石墨烯电影"]
        assert JiebaTokenizer()("石墨烯电影") == before != ["石墨烯电影"]
    finally:
        jieba.del_word("石墨烯电影")
        jieba.setLogLevel(logging.DEBUG)


def test_jieba_is_silent_and_loaded_only_when_asked_for():
    script = (
        "import sys\n"
        "from textclf.text import JiebaTokenizer\n"
        "assert 'jieba' not in sys.modules\n"
        "assert JiebaTokenizer()('好看的电影') == ['好看', '的', '电影']\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_jieba_missing_names_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(MissingDependencyError, match=re.escape("pip install 'textclf-torch[zh]'")):
        create_tokenizer("jieba")

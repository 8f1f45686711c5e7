from __future__ import annotations


def test_options_reach_the_demo(call, monkeypatch):
    seen = {}

    def run_demo(out, **options):
        options.pop("say")("a paragraph")
        seen.update(options, out=out)

    monkeypatch.setattr("textclf.cli.demo.run_demo", run_demo)
    words = ["demo", "--out", "x", "--seed", "3", "--epochs", "2", "--quiet", "--overwrite"]
    assert call(*words) == (0, "a paragraph\n\n", "")
    assert seen == {"out": "x", "seed": 3, "epochs": 2, "progress": False, "overwrite": True}
    assert call("demo")[0] == 0
    assert seen == {"out": "runs/demo", "seed": 0, "epochs": 6, "progress": True, "overwrite": False}


def test_a_folder_that_is_there_is_refused(call, tmp_path):
    code, out, errors = call("demo", "--out", tmp_path)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert "--overwrite" in errors

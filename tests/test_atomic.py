from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from textclf.atomic import new_folder, write_bytes, write_file, write_text
from textclf.errors import OutputExistsError

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and permission bits are POSIX's")


def run_out_of_space_after(content):
    def write(temporary):
        temporary.write_text(content)
        raise OSError(errno.ENOSPC, "No space left on device")

    return write


def kill_in_the_middle(folder: Path, body: str) -> None:
    """Run ``body`` in another process, which kills itself with SIGKILL somewhere in it."""
    program = f"""
import os, signal, sys
from pathlib import Path
from textclf.atomic import new_folder, write_file
folder = Path(sys.argv[1])
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
{body}
"""
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestWriteFile:
    def test_new_file_and_its_folders(self, tmp_path):
        write_bytes(tmp_path / "a" / "b" / "c.bin", b"\x00\xff")
        assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"\x00\xff"
        assert names(tmp_path / "a" / "b") == ["c.bin"]

    def test_path_as_a_string_in_the_current_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write_text("c.txt", "c")
        assert (tmp_path / "c.txt").read_text() == "c"

    def test_text_is_utf8_with_plain_line_ends(self, tmp_path):
        write_text(tmp_path / "c.txt", "体育\r\nß\n")
        assert (tmp_path / "c.txt").read_bytes() == "体育\r\nß\n".encode()

    def test_empty_content(self, tmp_path):
        write_bytes(tmp_path / "c.bin", b"")
        assert (tmp_path / "c.bin").read_bytes() == b""

    def test_file_is_replaced(self, tmp_path):
        write_text(tmp_path / "c.txt", "a longer first text")
        write_text(tmp_path / "c.txt", "second")
        assert (tmp_path / "c.txt").read_text() == "second"
        assert names(tmp_path) == ["c.txt"]

    def test_destination_is_untouched_until_the_writer_is_done(self, tmp_path):
        target = tmp_path / "c.txt"
        write_text(target, "old")
        write_file(target, lambda temporary: temporary.write_text(f"was {target.read_text()}"))
        assert target.read_text() == "was old"

    @pytest.mark.parametrize(
        "error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), ValueError("no")]
    )
    def test_failing_writer_leaves_the_old_file_and_nothing_else(self, tmp_path, error):
        target = tmp_path / "c.txt"
        write_text(target, "old")

        def write(temporary):
            temporary.write_text("half of the ne")
            raise error

        with pytest.raises(type(error)):
            write_file(target, write)
        assert target.read_text() == "old"
        assert names(tmp_path) == ["c.txt"]

    def test_full_disk_on_a_new_file_leaves_no_file(self, tmp_path):
        with pytest.raises(OSError, match="No space left"):
            write_file(tmp_path / "c.txt", run_out_of_space_after("half"))
        assert names(tmp_path) == []

    def test_disk_that_is_full_only_when_flushed(self, tmp_path, monkeypatch):
        target = tmp_path / "c.txt"
        write_text(target, "old")

        def fsync(handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left"):
            write_text(target, "new")
        assert target.read_text() == "old"
        assert names(tmp_path) == ["c.txt"]

    def test_content_is_flushed_before_the_rename_and_the_folder_after(self, tmp_path, monkeypatch):
        steps = []
        fsync, replace = os.fsync, Path.replace

        def spy_fsync(handle):
            steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
            fsync(handle)

        def spy_replace(self, target):
            steps.append("rename")
            return replace(self, target)

        monkeypatch.setattr(os, "fsync", spy_fsync)
        monkeypatch.setattr(Path, "replace", spy_replace)
        write_text(tmp_path / "c.txt", "c")
        assert steps == ["file", "rename", "folder"]

    @posix_only
    @pytest.mark.parametrize("old", ["old", None])
    def test_kill_in_the_middle_leaves_the_old_file(self, tmp_path, old):
        target = tmp_path / "c.txt"
        if old is not None:
            write_text(target, old)
        kill_in_the_middle(
            tmp_path, "write_file(folder / 'c.txt', lambda t: (t.write_text('half of the ne'), die()))"
        )
        assert (target.read_text() if target.exists() else None) == old
        left = [name for name in names(tmp_path) if name != "c.txt"]
        assert len(left) == 1
        assert left[0].startswith(".c.txt.")
        assert left[0].endswith(".tmp")
        write_text(target, "new")
        assert target.read_text() == "new"

    @posix_only
    def test_kill_before_the_rename_leaves_the_old_file(self, tmp_path):
        write_text(tmp_path / "c.txt", "old")
        kill_in_the_middle(
            tmp_path, "Path.replace = die\nwrite_file(folder / 'c.txt', lambda t: t.write_text('new'))"
        )
        assert (tmp_path / "c.txt").read_text() == "old"

    @posix_only
    def test_new_file_has_the_permissions_of_any_new_file(self, tmp_path):
        (tmp_path / "plain").touch()
        write_text(tmp_path / "ours", "")
        assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode

    @posix_only
    def test_replaced_file_passes_its_permissions_on_even_while_being_written(self, tmp_path):
        target = tmp_path / "private"
        write_text(target, "old")
        target.chmod(0o600)
        seen = []

        def write(temporary):
            seen.append(stat.S_IMODE(temporary.stat().st_mode))
            temporary.unlink()
            temporary.write_text("made anew by the writer")

        write_file(target, write)
        assert seen == [0o600]
        assert stat.S_IMODE(target.stat().st_mode) == 0o600

    @posix_only
    def test_symbolic_link_is_followed(self, tmp_path):
        write_text(tmp_path / "disk" / "real.txt", "old")
        (tmp_path / "link.txt").symlink_to(tmp_path / "disk" / "real.txt")
        write_text(tmp_path / "link.txt", "new")
        assert (tmp_path / "link.txt").is_symlink()
        assert (tmp_path / "disk" / "real.txt").read_text() == "new"

    @pytest.mark.parametrize("name", ["n" * 255, "育" * 85, "a b\tc.txt", ".hidden", "-rf"])
    def test_any_name_that_the_system_allows(self, tmp_path, name):
        write_text(tmp_path / name, "c")
        assert names(tmp_path) == [name]

    def test_destination_that_is_a_folder(self, tmp_path):
        (tmp_path / "c").mkdir()
        with pytest.raises(OSError, match="c"):
            write_text(tmp_path / "c", "c")
        assert names(tmp_path) == ["c"]


class TestNewFolder:
    def test_folder_appears_whole_at_the_end(self, tmp_path):
        with new_folder(tmp_path / "deep" / "run") as folder:
            (folder / "sub").mkdir()
            (folder / "sub" / "a.txt").write_text("a")
            assert not (tmp_path / "deep" / "run").exists()
        assert (tmp_path / "deep" / "run" / "sub" / "a.txt").read_text() == "a"
        assert names(tmp_path / "deep") == ["run"]

    def test_empty_folder(self, tmp_path):
        with new_folder(tmp_path / "run"):
            pass
        assert names(tmp_path / "run") == []

    def test_taken_path_raises_before_the_block_runs(self, tmp_path):
        (tmp_path / "run").mkdir()
        with pytest.raises(OutputExistsError, match="pass overwrite=True"), new_folder(tmp_path / "run"):
            pytest.fail("the block ran")
        assert names(tmp_path) == ["run"]

    def test_path_that_is_taken_meanwhile_is_not_lost(self, tmp_path):
        def save_while_another_does():
            with new_folder(tmp_path / "run") as folder:
                (folder / "a.txt").write_text("ours")
                write_text(tmp_path / "run" / "a.txt", "theirs")

        with pytest.raises(OutputExistsError):
            save_while_another_does()
        assert (tmp_path / "run" / "a.txt").read_text() == "theirs"
        assert names(tmp_path) == ["run"]

    @pytest.mark.parametrize("old_is_file", [False, True])
    def test_overwrite_replaces_all_of_the_old(self, tmp_path, old_is_file):
        if old_is_file:
            (tmp_path / "run").write_text("old")
        else:
            (tmp_path / "run").mkdir()
            (tmp_path / "run" / "old.txt").write_text("old")
        with new_folder(tmp_path / "run", overwrite=True) as folder:
            (folder / "new.txt").write_text("new")
        assert names(tmp_path / "run") == ["new.txt"]
        assert names(tmp_path) == ["run"]

    @pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
    def test_failing_block_leaves_the_old_folder_and_nothing_else(self, tmp_path, error):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "old.txt").write_text("old")

        def fail():
            with new_folder(tmp_path / "run", overwrite=True) as folder:
                (folder / "new.txt").write_text("ne")
                raise error

        with pytest.raises(type(error)):
            fail()
        assert (tmp_path / "run" / "old.txt").read_text() == "old"
        assert names(tmp_path) == ["run"]

    def test_failing_rename_puts_the_old_folder_back(self, tmp_path, monkeypatch):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "old.txt").write_text("old")
        replace = Path.replace

        def fail_for_the_new(self, target):
            if self.name.endswith(".tmp"):
                raise OSError(errno.EIO, "the disk is gone")
            return replace(self, target)

        monkeypatch.setattr("textclf.atomic._exchange", lambda one, other: False)
        monkeypatch.setattr(Path, "replace", fail_for_the_new)
        with pytest.raises(OSError, match="gone"), new_folder(tmp_path / "run", overwrite=True) as folder:
            (folder / "new.txt").write_text("new")
        assert names(tmp_path / "run") == ["old.txt"]
        assert names(tmp_path) == ["run"]

    def test_every_file_and_the_folder_itself_are_flushed_before_the_rename(self, tmp_path, monkeypatch):
        flushed = []
        fsync = os.fsync

        def spy(handle):
            flushed.append(os.fstat(handle).st_ino)
            fsync(handle)

        monkeypatch.setattr(os, "fsync", spy)
        with new_folder(tmp_path / "run") as folder:
            (folder / "sub").mkdir()
            (folder / "sub" / "a.txt").write_text("a")
        run = tmp_path / "run"
        inside = [run, run / "sub", run / "sub" / "a.txt"]
        assert {path.stat().st_ino for path in inside} == set(flushed[:3])
        assert flushed[3:] == [tmp_path.stat().st_ino]

    @posix_only
    def test_kill_in_the_middle_leaves_the_old_folder(self, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "old.txt").write_text("old")
        kill_in_the_middle(
            tmp_path,
            "with new_folder(folder / 'run', overwrite=True) as f:\n"
            "    (f / 'new.txt').write_text('ne')\n    die()",
        )
        assert names(tmp_path / "run") == ["old.txt"]

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it takes two renames")
    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_kill_around_the_exchange_leaves_the_old_folder_or_the_new_one(self, tmp_path, moment):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "old.txt").write_text("old")
        last = "die()" if moment == "before" else "(exchange(one, other), die())"
        kill_in_the_middle(
            tmp_path,
            "import textclf.atomic\n"
            "exchange = textclf.atomic._exchange\n"
            f"textclf.atomic._exchange = lambda one, other: {last}\n"
            "with new_folder(folder / 'run', overwrite=True) as f:\n"
            "    (f / 'new.txt').write_text('new')",
        )
        assert names(tmp_path / "run") == ["old.txt" if moment == "before" else "new.txt"]

    @posix_only
    def test_kill_between_the_two_renames_keeps_both_whole(self, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "old.txt").write_text("old")
        kill_in_the_middle(
            tmp_path,
            "import textclf.atomic\n"
            "textclf.atomic._exchange = lambda one, other: False\n"
            "replace = Path.replace\n"
            "Path.replace = lambda self, to: die() if self.name.endswith('.tmp') else replace(self, to)\n"
            "with new_folder(folder / 'run', overwrite=True) as f:\n"
            "    (f / 'new.txt').write_text('new')",
        )
        old = next(path for path in tmp_path.iterdir() if path.name.endswith(".old"))
        new = next(path for path in tmp_path.iterdir() if path.name.endswith(".tmp"))
        assert (old / "old.txt").read_text() == "old"
        assert (new / "new.txt").read_text() == "new"

    @posix_only
    def test_new_folder_has_the_permissions_of_any_new_folder(self, tmp_path):
        (tmp_path / "plain").mkdir()
        with new_folder(tmp_path / "ours"):
            pass
        assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode

    @posix_only
    def test_symbolic_link_is_followed(self, tmp_path):
        (tmp_path / "disk" / "run").mkdir(parents=True)
        (tmp_path / "link").symlink_to(tmp_path / "disk" / "run")
        with new_folder(tmp_path / "link", overwrite=True) as folder:
            (folder / "new.txt").write_text("new")
        assert (tmp_path / "link").is_symlink()
        assert names(tmp_path / "disk" / "run") == ["new.txt"]

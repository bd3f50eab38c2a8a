import dataclasses
import inspect
import subprocess
import sys

import pytest
from commands import read_json

from surjax import __version__
from surjax.cli.command import Command, help_text
from surjax.cli.main import COMMANDS, find, main
from surjax.modalities import modality_of
from surjax.models import MODELS
from surjax.train import TrainConfig


def test_help_and_version(surjax):
    for flags in ([], ["--help"], ["-h"]):
        status, out, err = surjax(*flags)
        assert (status, err) == (0, "")
        assert all(name in out for name in COMMANDS)
    assert surjax("--version") == (0, f"surjax {__version__}\n", "")


def test_the_package_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "surjax", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"surjax {__version__}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_what_it_does(surjax, name):
    summary = COMMANDS[name][1]
    assert help_text(find(name)).split("\n")[0] == summary
    status, out, err = surjax(name, "--help")
    assert (status, err) == (0, "")
    assert " ".join(summary.split()) in " ".join(out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_is_explained(name):
    command = find(name)
    sources = "".join(inspect.getsource(cls) for cls in (command, Command))
    for field in dataclasses.fields(command):
        if not dataclasses.is_dataclass(field.type) and field.name not in ("model", "data", "training"):
            declared = sources[sources.index(f"    {field.name}: ") :]
            assert declared.split("\n")[1].lstrip().startswith('"""'), field.name


@pytest.mark.parametrize("name", MODELS)
def test_the_flags_of_a_model_are_its_own(surjax, name):
    fields = [
        {field.name for field in dataclasses.fields(cls)}
        for cls in (MODELS[name], modality_of(MODELS[name]).data, TrainConfig)
    ]
    fields.append({"data", "out", "resume", "preset", "json"})
    assert len(set().union(*fields)) == sum(map(len, fields))
    status, out, _ = surjax("train", name, "--help")
    assert status == 0
    flags = [f"--{field.replace('_', '-')}" for field in fields[0] | fields[1] | fields[2]]
    assert all(flag in out or flag.replace("--", "--no-") in out for flag in flags)


def test_an_unknown_command_is_told(refused):
    assert "no command 'trian': the commands are demo, train" in refused("trian")


def test_a_usage_error_has_status_2(surjax):
    for argv in (["evaluate"], ["evaluate", "RUN", "--splits", "test"], ["sample", "RUN", "-n", "many"]):
        status, out, err = surjax(*argv)
        assert (status, out) == (2, "")
        assert "Traceback" not in err


def test_help_and_mistakes_do_not_wait_for_jax():
    program = """
import sys
from surjax.cli.main import main
for line in ("--help", "score --help", "evaluate", "nonsense", "score RUN iris --out x.doc"):
    main(line.split())
assert "jax" not in sys.modules and "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_models(surjax):
    status, out, err = surjax("models", "--json")
    assert (status, err) == (0, "")
    listed = read_json(out)["models"]
    assert [model["name"] for model in listed] == list(MODELS)
    assert listed[0]["config"] == read_json(surjax("models", "--json")[1])["models"][0]["config"]
    assert all(name in surjax("models")[1] for name in MODELS)


def test_datasets(surjax):
    status, out, _ = surjax("datasets", "--json")
    assert status == 0
    listed = {entry["name"]: entry for entry in read_json(out)["datasets"]}
    assert listed["checkerboard"]["entropy"] == pytest.approx(3.4657, abs=1e-4)
    assert (listed["wine"]["rows"], listed["wine"]["entropy"]) == (178, None)
    assert "178" in surjax("datasets")[1]


def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m surjax.cli.main models | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_full_disk_behind_stdout_is_told():
    command = f"{sys.executable} -m surjax.cli.main models --json > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot write to the standard output: the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_is_quiet(surjax, monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(find("models"), "execute", interrupt)
    assert surjax("models") == (130, "", "surjax: stopped by Ctrl-C.\n")


def test_a_bug_keeps_its_traceback(monkeypatch):
    def stumble(self):
        raise RuntimeError("a bug")

    monkeypatch.setattr(find("models"), "execute", stumble)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["models"])

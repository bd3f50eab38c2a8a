"""surjax reproduce pronf."""

import dataclasses
import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from surjax.cli.main import main
from surjax.data import ImageConfig, ImageForm
from surjax.errors import ConfigError
from surjax.models import ProNF
from surjax.runs import Run, RunRecord, RunResult, RunSettings
from surjax.studies import pronf, pronf_printed
from surjax.studies.image_systems import System
from surjax.studies.images import SCALES, run_image_study
from surjax.studies.pronf import PRONF
from surjax.studies.pronf_pictures import PICTURES, QUALITY
from surjax.studies.pronf_row import stage_rows
from surjax.studies.pronf_tables import printed_table

# what the tests share is made once, by one worker
pytestmark = [pytest.mark.xdist_group("pronf study"), pytest.mark.slow]

FIELDS = (
    *("pyramid", "stage", "bits", "bits_per_dim", "stage_bits_per_dim", "bits_per_new_number", "share"),
    *("dims", "standard_error_bits", "bound", "importance_samples", "split", "test_images", "dtype"),
    *("study_bits_per_dim", "seconds", "steps", "parameters", "device", "seed", "scale"),
)

CHEAP = {"num_halvings": 1, "prior": "normal"}
"""Chains of two stages, which compile sooner."""

CHEAP_STUDY = dataclasses.replace(
    PRONF,
    systems={
        name: System(system.title, system.model, {**system.fields, **CHEAP}, *system[3:])
        for name, system in PRONF.systems.items()
    },
)

IMAGE_ROWS, TEST_ROWS = 100, 5


def run(out, seen=None, **options):
    tell = None if seen is None else lambda title, progress: seen.append((title, progress.part))
    return run_image_study(
        CHEAP_STUDY,
        out,
        "tiny",
        source="digits-images",
        data=ImageConfig(rows=IMAGE_ROWS, test_rows=TEST_ROWS),
        training={"steps": 4},
        on_progress=tell,
        **options,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a study of both chains, what it told on the way, and its rows."""
    folder, seen = tmp_path_factory.mktemp("pronf") / "study", []
    return folder, seen, run(folder, seen)


def test_results_have_a_row_a_stage_and_one_a_chain(finished):
    folder, seen, rows = finished
    written = json.loads((folder / "results.json").read_text())
    assert written == [dataclasses.asdict(row) for row in rows]
    assert all(tuple(row) == FIELDS for row in written)
    order = [(name, stage) for name in ("mean", "nearest") for stage in (8, 4, "chain")]
    assert [(row["pyramid"], row["stage"]) for row in written] == order
    assert [row["dims"] for row in written[:3]] == [64, 16, 64]
    assert [row["steps"] for row in written[:3]] == [4, 4, 8]
    assert set(seen) == {(f"ProNF, {name}", f"stage {n}") for name in ("mean", "nearest") for n in (4, 8)}
    for row in written:
        assert row["bound"]
        assert (row["importance_samples"], row["test_images"], row["scale"]) == (1, TEST_ROWS, "tiny")
        assert row["study_bits_per_dim"] is None  # the study has no such images
        assert row["seconds"] > 0
        assert row["split"] == written[0]["split"]
        assert row["split"].startswith("test ")


@pytest.mark.parametrize("name", ["mean", "nearest"])
def test_the_chain_takes_what_its_stages_take(finished, name):
    folder, _, rows = finished
    *stages, chain = (row for row in rows if row.pyramid == name)
    assert chain.bits == pytest.approx(sum(row.bits for row in stages), abs=1e-6)
    assert chain.bits_per_dim == pytest.approx(chain.bits / 64, abs=1e-9)
    test = Run.open(folder / name).record.result.test
    assert chain.bits_per_dim == pytest.approx(test["bits_per_dim"], abs=1e-6)
    assert chain.bits == pytest.approx(test["nll_nats"] / math.log(2), abs=1e-6)
    assert chain.stage_bits_per_dim is None
    assert sum(row.share for row in stages) == pytest.approx(1)
    assert sum(row.parameters for row in stages) == chain.parameters
    for row, new in zip(stages, (48, 16), strict=True):
        assert row.bits_per_dim is None  # only the chain has any
        assert row.stage_bits_per_dim == pytest.approx(row.bits / row.dims)
        assert row.bits_per_new_number == pytest.approx(row.bits / new)


def test_super_resolution_is_measured_on_test_images(finished):
    folder, _, _ = finished
    found = json.loads((folder / "results_super_resolution.json").read_text())
    assert [(each["run"], each["pyramid"], each["to"]) for each in found] == [
        ("mean", "mean", 8),
        ("nearest", "nearest", 8),
    ]
    for each in found:
        assert (each["images"], each["n"], each["scale"]) == (TEST_ROWS, 16, "tiny")
        assert set(each["quality"]) == {"sample", "mean", "bicubic", "nearest"}
        assert each["quality"]["mean"]["psnr"] > each["quality"]["sample"]["psnr"]
        assert each["consistency"]["kept"] == each["consistency"]["pixels"] > 0
    smooth = [each["quality"]["bicubic"]["psnr"] for each in found]
    assert smooth[0] > smooth[1]  # the first pixel of a block is not its middle


def test_the_report_has_its_tables_and_its_pictures(finished):
    folder, _, rows = finished
    text = (folder / "results.md").read_text()
    page = (folder / "report.html").read_text()
    bare = re.sub('base64,[^"]*', "", page)
    assert "http" not in bare
    shown = ["4→8: the input", "at all sizes, side by side", "over minutes of training", 'alt="samples of ']
    for told in (*shown, "mean", "nearest"):
        assert told in bare
    assert page.count("data:image/png;base64,") == 2 * len(shown)
    chain = rows[2]
    assert f"| mean | 0 | chain | {chain.bits:,.1f} ± {chain.standard_error_bits:,.1f} | " in text
    for told in (text, bare):
        for words in (
            "each of the stage's own size",
            "14,934.2/3,072 = 4.861 bits/dim",
            "259.42·48/3,072 = 4.053",
            "no likelihood besides, because the images were cut to their range",
            "The rows of nearest compare with them one by one",
            "Those of mean do not",
            "Both chains compare with 4.861",
            "the study that surjax grew from",
            "Wavelet Flow (Yu, Derpanis and Brubaker, NeurIPS 2020)",
        ):
            assert words in told.replace("&#x27;", "'")


def test_a_finished_study_is_told_again_without_training(finished, monkeypatch, capsys):
    folder, _, rows = finished
    seen = []
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/**/*") if path.is_file()}
    assert run(folder, seen) == rows
    assert not seen
    assert {path: path.stat().st_mtime_ns for path in before} == before  # nor anything drawn

    monkeypatch.setattr(pronf, "PRONF", CHEAP_STUDY)
    argv = ["reproduce", "pronf", "--scale", "tiny", "--data", "digits-images", "--steps", 4, "--out", folder]
    argv = [str(word) for word in (*argv, "--rows", IMAGE_ROWS, "--test-rows", TEST_ROWS)]
    capsys.readouterr()
    assert main([*argv, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["rows"] == [dataclasses.asdict(row) for row in rows]
    assert [each["run"] for each in result["super_resolution"]] == ["mean", "nearest"]

    assert main(argv) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    (told,) = [line for line in lines if line[:2] == ["nearest", "chain"]]
    assert {f"{rows[-1].bits:,.1f}", f"{rows[-1].bits_per_dim:.4f}", "100.0%", "–"} <= set(told)
    assert ["mean,", "4→8"] in [line[:2] for line in lines]


def test_a_picture_that_was_not_drawn_yet_is(finished, tmp_path):
    """A study that was stopped before a run's pictures goes on with them."""
    folder, _, rows = finished
    own = Path(shutil.copytree(folder, tmp_path / "own"))
    trained = Run.open(own / "mean")
    more = {name: value for name, value in trained.record.result.more.items() if name != QUALITY}
    left = dataclasses.replace(trained.record.result, more=more)
    dataclasses.replace(trained.record, result=left).write(own / "mean")
    shutil.rmtree(own / "mean" / PICTURES)
    assert run(own, systems=("mean",)) == rows[:3]
    found = [json.loads((each / "results_super_resolution.json").read_text()) for each in (own, folder)]
    assert found[0] == found[1][:1]


def test_the_printed_table_adds_up():
    assert [round(pronf_printed.bits(n), 1) for n in (32, 16, 8, 4)] == [10106.9, 3494.4, 1017.6, 315.4]
    assert pronf_printed.chain_bits_per_dim() == pytest.approx(4.861, abs=5e-4)
    assert pronf_printed.rightly_divided() == pytest.approx(4.053, abs=5e-4)
    lines = printed_table().lines
    assert list(lines[0]) == ["16→32", "3.29", "3,072", "10,106.9", "3.2900"]
    assert list(lines[3]) == ["4×4", "6.57", "48", "315.4", "0.1027"]
    assert list(lines[4])[1:] == ["259.42", "48", "12,452.2", "4.0534"]


def record(pyramid, form, heights):
    """A run of a chain that was never trained, each of whose stages takes 3 bits a number of its image."""
    settings = RunSettings(ProNF(pyramid=pyramid), "cifar10", ImageConfig(), ProNF().training)
    channels = form.shape[0]
    stages, trained = [], []
    for height in heights:
        dims = channels * height**2
        sizes = {"dims": dims, "new_numbers": dims * 3 // 4, "bits": 3.0 * dims, "standard_error_bits": 1.0}
        per = {"share": 0.25, "stage_bits_per_dim": 3.0, "bits_per_new_number": 4.0}
        stages.append({"stage": height, **sizes, **per})
        trained.append({"stage": height, "step": 7, "train_seconds": 2.0, "parameters": 11})
    test = {"exact": False, "num_samples": 1, "fingerprint": "f", "n": 10, "dtype": "float32"}
    test |= {"dimensions": math.prod(form.shape), "standard_error_nats": math.log(2), "stages": stages}
    whole = {"train_seconds": 8.0, "step": 28, "parameters": 44}
    result = RunResult.from_json({"stages": trained, "test": test, **whole})
    return Run(Path("nowhere"), RunRecord(settings, form, None, "finished", result, "0"))


CIFAR = ImageForm((3, 32, 32), 8)


@pytest.mark.parametrize(
    ("pyramid", "form", "heights", "figures"),
    [
        ("nearest", CIFAR, (32, 16, 8, 4), [3.29, 4.55, 5.30, 6.57, 4.861]),
        ("mean", CIFAR, (32, 16, 8, 4), [None, None, None, None, 4.861]),
        # the smallest image of a shorter chain is given nothing, where the study's 8 × 8 is given 4 × 4
        ("nearest", CIFAR, (32, 16, 8), [3.29, 4.55, None, 4.861]),
        ("nearest", CIFAR, (32, 16, 8, 4, 2), [3.29, 4.55, 5.30, None, None, 4.861]),
        ("nearest", ImageForm((3, 32, 32), 5), (32, 16, 8, 4), [None] * 5),
        ("nearest", ImageForm((1, 32, 32), 8), (32, 16), [None] * 3),
        ("nearest", ImageForm((3, 16, 16), 8), (16, 8, 4), [None] * 4),
    ],
)
def test_figures_of_the_study_stand_beside_what_they_are_of(pyramid, form, heights, figures):
    rows = stage_rows(record(pyramid, form, heights))
    assert [row.stage for row in rows] == [*heights, "chain"]
    for row, figure in zip(rows, figures, strict=True):
        assert row.study_bits_per_dim == (None if figure is None else pytest.approx(figure, abs=5e-4))
    chain = rows[-1]
    assert chain.bits == pytest.approx(sum(row.bits for row in rows[:-1]), abs=1e-6)
    assert chain.bits_per_dim == chain.bits / math.prod(form.shape)
    assert chain.standard_error_bits == pytest.approx(1)
    assert (rows[0].seconds, rows[0].steps, rows[0].parameters) == (2.0, 7, 11)
    assert (chain.seconds, chain.steps, chain.parameters) == (8.0, 28, 44)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"systems": ("max",)}, "no system 'max' in the pronf study: choose of mean, nearest"),
        ({"systems": ()}, "no system of the pronf study is chosen: choose of mean, nearest"),
        ({"scale": "huge"}, "no scale 'huge': choose one of tiny"),
        ({"seeds": 0}, "seeds is 0 and must be at least 1"),
        ({"minutes": 0.0}, "minutes is 0.0 and must be above 0"),
        ({"data": ImageConfig(test_fraction=0.0)}, "give a test_fraction above 0"),
        ({"scale": "tiny", "source": "odd.npy"}, "halves height and width 2 times"),
    ],
)
def test_mistakes_are_refused_before_anything_is_written(options, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("odd.npy", np.zeros((40, 3, 10, 10), np.uint8))
    with pytest.raises(ConfigError, match=sentence):
        run_image_study(PRONF, tmp_path / "study", **options)
    assert not (tmp_path / "study").exists()


def test_the_command_tells_a_mistake_in_one_sentence(tmp_path, capsys):
    argv = ["reproduce", "pronf", "--scale", "tiny", "--out", str(tmp_path / "study"), "--systems", "max"]
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "surjax: there is no system 'max' in the pronf study: choose of mean, nearest."
    ]
    assert not (tmp_path / "study").exists()


def test_both_chains_have_every_scale():
    assert {"paper", *ProNF.presets} >= set(SCALES)
    assert {system.fields["pyramid"] for system in PRONF.systems.values()} == {"mean", "nearest"}

import math
import struct
import sys

import pytest

from surjax.errors import ConfigError
from surjax.runs.tensorboard import TensorBoard
from surjax.train import Progress


def progress(step: int, evaluated: bool = True) -> Progress:
    return Progress(step, 100, 2.0, math.nan, 4 * math.log(2), 3, 0.5, evaluated, 7.0)


def scalars(folder) -> list[tuple[str, int, float]]:
    """Every scalar in a folder's event files: records of a length and its checksum, an event and its."""
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.iterdir()):
        content, at = path.read_bytes(), 0
        while at < len(content):
            (length,) = struct.unpack_from("<Q", content, at)
            event = Event.FromString(content[at + 12 : at + 12 + length])
            found += [(value.tag, event.step, value.simple_value) for value in event.summary.value]
            at += 16 + length
    return found


def test_every_evaluation_is_written_and_nothing_else(tmp_path):
    pytest.importorskip("tensorboardX")
    with TensorBoard(tmp_path / "events") as tell:
        for told in (progress(1, evaluated=False), progress(10), progress(20)):
            tell(told)
    one = {
        "loss/train": 2.0,
        "loss/best": pytest.approx(4 * math.log(2)),  # and no validation loss, which is NaN
        "training/examples_per_second": 7.0,
        "training/bad_steps": 3.0,
    }
    expected = [(name, step, number) for step in (10, 20) for name, number in one.items()]
    assert scalars(tmp_path / "events") == expected


def test_losses_of_images_are_in_bits_per_dim(tmp_path):
    pytest.importorskip("tensorboardX")
    with TensorBoard(tmp_path, dimensions=4) as tell:
        tell(progress(10))
    assert ("loss/best", 10, pytest.approx(1.0)) in scalars(tmp_path)


def test_a_missing_package_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ConfigError, match=r"pip install 'surjax\[tensorboard\]'"):
        TensorBoard(tmp_path)

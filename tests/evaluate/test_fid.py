"""FID and Inception score; with random weights of the right shapes where torch-fidelity is installed."""

import hashlib
import pickle
import sys
import types

import numpy as np
import pytest

from surjax.errors import ConfigError, DataError, RunError, SurjaxError
from surjax.evaluate.fid import inception_metrics, torch_fidelity
from surjax.interop import inception
from surjax.interop.inception import NAME, URL, copy_tensors, inception_weights, sha256_of

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of random weights of the network."""
    pytest.importorskip("torch_fidelity")
    torch = pytest.importorskip("torch")
    extractor = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    network = extractor.FeatureExtractorInceptionV3
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extractor, "load_state_dict_from_url", lambda *args, **options: {})
        patch.setattr(network, "load_state_dict", lambda self, weights: None)
        state = network("random", ["2048"]).state_dict()
    for name, array in state.items():
        if name.endswith("conv.weight"):  # He initialisation, so that the features are not all but 0
            array.mul_(6**0.5)
    path = tmp_path_factory.mktemp("inception") / NAME
    torch.save(state, path)
    return path


def images(n: int, channels: int = 3, high: int = 256) -> np.ndarray:
    return RANDOM.integers(0, high, (n, channels, 8, 8)).astype(np.uint8)


def test_equal_sets_are_at_distance_0_and_others_further(weights):
    told = []
    ours, dark = images(12), images(12, high=64)
    same = inception_metrics(ours, ours[::-1], weights, lambda *progress: told.append(progress))
    assert same.n == 12
    assert 1 <= same.inception_score < 1008
    assert told[-1] == (24, 24)
    further = inception_metrics(ours, dark, weights).fid
    assert further > 1e-3
    assert abs(same.fid) < further / 10


def test_grey_images_are_three_equal_channels(weights):
    grey, other = images(10, 1), images(10, 1)
    colour = inception_metrics(grey.repeat(3, 1), other.repeat(3, 1), weights)
    assert inception_metrics(grey, other, weights) == colour


def test_weights_of_another_network_are_told(weights, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"fc.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(RunError, match="holds the weights of another network"):
        inception_metrics(images(10), images(10), tmp_path / "other.pth")
    with pytest.raises(DataError, match="there are 9 images"):
        inception_metrics(images(9), images(9), weights)


def test_nothing_but_tensors_is_read(tmp_path):
    pytest.importorskip("torch")
    ran = tmp_path / "ran"

    class Code:
        def __reduce__(self):
            return (ran.touch, ())

    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"fc.weight": Code()}, protocol=2))  # which is PyTorch's
    with pytest.raises(RunError, match="pickled objects"):
        copy_tensors(path, tmp_path / "copy.pth")
    assert not ran.exists()
    assert not (tmp_path / "copy.pth").exists()


def test_a_package_that_is_missing_or_broken_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(ConfigError, match=r"not installed: `pip install 'surjax\[fid\]'`"):
        torch_fidelity()

    class Broken:
        def find_spec(self, name, *_):
            if name == "torch_fidelity":
                raise RuntimeError("operator torchvision::nms does not exist\nand more")

    monkeypatch.delitem(sys.modules, "torch_fidelity")
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(ConfigError, match=r"does not work \(operator torchvision::nms does not exist\)"):
        torch_fidelity()


def test_weights_that_are_missing_are_told(monkeypatch, tmp_path):
    with pytest.raises(RunError, match=rf"no file .*nowhere.pth: fetch {URL} and give it with --inception"):
        inception_weights(tmp_path / "nowhere.pth")

    def offline(url, path, hash_prefix, progress):
        assert (url, hash_prefix) == (URL, inception.SHA256)
        raise OSError("no network")

    hub = types.SimpleNamespace(get_dir=lambda: str(tmp_path), download_url_to_file=offline)
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(hub=hub))
    with pytest.raises(SurjaxError, match=rf"fetched \(no network\): fetch {URL} on .* with --inception"):
        inception_weights()
    path = tmp_path / "checkpoints" / NAME
    path.write_bytes(b"weights")
    assert inception_weights() == inception_weights(path) == path
    assert sha256_of(path) == hashlib.sha256(b"weights").hexdigest()

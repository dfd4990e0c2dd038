"""What all tests share: a cache and progress of their own, never the user's, and workers that are warm."""

from __future__ import annotations

import gc

import pytest
from warm_workers import PLACES, WarmWorker


def pytest_collection_finish():
    """What was collected stays until the end: the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True, scope="session")
def own_folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKPROOF_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("BACKPROOF_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True, scope="session")
def warm_workers():
    with pytest.MonkeyPatch.context() as patch:
        for place in PLACES:
            patch.setattr(place, WarmWorker)
        yield
    WarmWorker.end()

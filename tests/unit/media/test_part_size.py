"""Parts: at least 8 MiB, at most 1,000 of them, counted alike here and in the browser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.models import Upload
from media.services.uploads import MAX_FILE_BYTES, MAX_PARTS, MIB, MIN_PART_BYTES, choose_part_size

SESSION = Path(__file__).resolve().parents[3] / "static/js/lib/upload-session.js"
SIZES = [0, 1, 8 * MIB, 8 * MIB + 1, 8000 * MIB, 8000 * MIB + 1, 63_000_000_000, MAX_FILE_BYTES]


@given(st.integers(min_value=0, max_value=MAX_FILE_BYTES))
def test_parts_fit_s3_and_one_page_of_listparts(size: int) -> None:
    part = choose_part_size(size)
    upload = Upload(size=size, part_size=part)
    assert part >= MIN_PART_BYTES
    assert part % MIB == 0
    assert part <= 5 * 1024 * MIB
    assert upload.part_count <= MAX_PARTS
    if upload.part_count:
        assert 0 < upload.size_of_part(upload.part_count) <= part
        assert (upload.part_count - 1) * part + upload.size_of_part(upload.part_count) == size


@pytest.mark.parametrize("size", SIZES)
def test_the_browser_counts_the_same(size: int) -> None:
    limits = json.dumps({"least": MIN_PART_BYTES, "parts": MAX_PARTS})
    script = f"import {{ partSize }} from '{SESSION.as_uri()}'; console.log(partSize({size}, {limits}));"
    answer = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=20)
    assert int(answer.stdout) == choose_part_size(size)

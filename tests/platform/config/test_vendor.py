"""Files of others lie beside their version, licence and digests, and nothing is loaded from elsewhere."""

import hashlib
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "platform" / "static"
VENDORED = sorted(path for path in (STATIC / "vendor").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", VENDORED, ids=lambda folder: folder.name)
def test_a_vendored_folder_is_what_it_says(folder: Path) -> None:
    digests = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())  # type: ignore[misc]

    assert re.search(r"-\d+\.\d+\.\d+$", folder.name)
    assert (folder / "LICENSE").read_text()
    assert {path.name for path in folder.iterdir()} == {"LICENSE", "SHA256SUMS", *digests}
    for name, digest in digests.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_our_style_loads_only_our_own_files() -> None:
    css = (STATIC / "css" / "site.css").read_text()

    assert all(address.startswith("../vendor/") for address in re.findall(r'url\("([^"]+)"\)', css))
    assert "@import" not in css
    assert "//" not in re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)

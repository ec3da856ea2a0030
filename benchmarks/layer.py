"""The dependency layer as it is deployed: how much is unpacked, and how much is uploaded."""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.result import Line, Result
from infra import libraries

MEGABYTE = 10**6


def sizes(folder: Path) -> tuple[int, int]:
    """Bytes unzipped, and zipped as the CDK does it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with TemporaryDirectory() as place:
        archive = Path(place, "layer.zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in files:
                packed.write(path, path.relative_to(folder))
        return sum(path.stat().st_size for path in files), archive.stat().st_size


def measure() -> Result:
    unzipped, zipped = sizes(libraries.build())
    return Result(
        "layer",
        {"layer": {"unzipped_bytes": unzipped, "zipped_bytes": zipped}},
        (Line("layer, zipped", megabytes(zipped)), Line("layer, unzipped", megabytes(unzipped))),
    )


def megabytes(size: int) -> str:
    """With one digit after the point."""
    tenths = (size * 10 + MEGABYTE // 2) // MEGABYTE
    return f"{tenths // 10}.{tenths % 10} MB"

"""The clock of a deployed function, moved by a layer that only the test deploys."""

import io
import time
import zipfile
from datetime import datetime
from pathlib import Path

import boto3

from local.aws import LocalAws

_SITE = "python/lib/python3.13/site-packages"
_MODULE = Path(__file__).with_name("moved_clock.py")


class FunctionClock:
    """Moves the clock of a function on the local AWS; the clock goes on from there."""

    def __init__(self, aws: LocalAws, function: str, folder: Path) -> None:
        """Add the layer to the function."""
        self._offset = folder / "offset"
        self._offset.write_text("0")
        functions = boto3.client("lambda", **aws.connection)
        layer = functions.publish_layer_version(
            LayerName="moved-clock", Content={"ZipFile": self._archive()}
        )["LayerVersionArn"]
        layers = functions.get_function_configuration(FunctionName=function)["Layers"]
        functions.update_function_configuration(
            FunctionName=function, Layers=[*(each["Arn"] for each in layers), layer]
        )

    def move_to(self, now: datetime) -> None:
        """Set the clock."""
        self._offset.write_text(str(now.timestamp() - time.time()))

    def _archive(self) -> bytes:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr(f"{_SITE}/moved_clock.py", _MODULE.read_text())
            files.writestr(f"{_SITE}/moved_clock.pth", "import moved_clock\n")
            files.writestr(f"{_SITE}/offset_path", str(self._offset))
        return archive.getvalue()

"""The Dagster UI on the assets of one home: loopback only, telemetry off."""

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from warehouse.errors import WarewordError

LOOPBACK = "127.0.0.1"

_INSTANCE = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
"""


def url(port: int) -> str:
    """Where the UI is."""
    return f"http://{LOOPBACK}:{port}"


def require_free(port: int) -> None:
    """Looks whether the port can be had.

    Raises:
        WarewordError: if there is no such port, or something listens on it already.
    """
    if not 0 < port < 65_536:
        raise WarewordError(f"no port {port}; give one from 1 to 65535, such as --port 3000")
    with socket.socket() as probe:
        if probe.connect_ex((LOOPBACK, port)) == 0:
            raise WarewordError(
                f"something listens on port {port} already; give another, such as --port {port + 1}"
            )


def serve(home: Path, port: int) -> NoReturn:
    """Becomes the UI and the daemon (schedules, sensors), until they are stopped."""
    instance = home.resolve() / ".dagster"
    instance.mkdir(parents=True, exist_ok=True)
    (instance / "dagster.yaml").write_text(_INSTANCE)
    command = [
        sys.executable, "-m", "dagster", "dev", "--module-name", "pipelines.definitions",
        "--host", LOOPBACK, "--port", str(port),
    ]  # fmt: skip
    environment = os.environ | {
        "DAGSTER_HOME": str(instance),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
        "WAREWORD_HOME": str(home.resolve()),
    }
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)

"""What the benchmarks share: each tool runs in a fresh process, and all of them in one table."""

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

Measured = dict[str, float]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Options that every benchmark has. `--measure` is what a fresh process is called with."""
    made = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    made.add_argument("--json", action="store_true", help="print one JSON object")
    made.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    return made


def measure(script: str, *arguments: object) -> Measured:
    """Runs `script --measure` with the arguments in a fresh process; returns what it tells."""
    command = [sys.executable, script, "--measure", *map(str, arguments)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: Measured = json.loads(output.splitlines()[-1])
    return measured


def tell(**measured: float) -> None:
    """Prints what a fresh process measured, with its peak memory."""
    print(json.dumps({**measured, "peak_mb": _peak_megabytes()}))


def ratio(ours: Measured, peer: Measured) -> float:
    """Our seconds divided by the peer's."""
    return round(ours["seconds"] / peer["seconds"], 2)


def print_table(
    found: Mapping[tuple[str, ...], Measured], words: Sequence[str], counts: Mapping[str, str]
) -> None:
    """A Markdown table of what was found by case and tool; `words` are the titles of these, and
    `counts` the titles and names of what was counted."""
    columns = [*words, *counts, "seconds", "peak MB", "ours takes"]
    print(f"| {' | '.join(columns)} |")
    print(f"|{'---|' * len(words)}{'--:|' * (len(columns) - len(words))}")
    for (*case, tool), row in found.items():
        times = "" if tool == "ours" else f"{ratio(found[*case, 'ours'], row):.2f} x"
        counted = [f"{row[name]:,}" for name in counts.values()]
        timed = [f"{row['seconds']:.2f}", f"{row['peak_mb']:,.0f}", times]
        print(f"| {' | '.join([*case, tool, *counted, *timed])} |")


def _peak_megabytes() -> float:
    """Most memory that this process had, by the kernel: getrusage counts the parent too."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

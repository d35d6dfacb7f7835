"""How long training takes on a processor and on a GPU, and whether both learn as much.

Both train on the same warehouse with the same seed, in fresh processes, and measure themselves by
full ranking. Loading is not counted; building the graph, the baselines and calibration are, since
`wareword train` does them all.

    python benchmarks/training.py [--fraction 0.1] [--full] [--json]
"""

import json
import tempfile
import time
from pathlib import Path

import torch
from side_by_side import measure, parser, ratio, tell

from graph.attributes import AttributeSettings, train_attributes
from graph.links import train_links
from graph.mixing import LinkSettings
from warehouse.connection import first_row, writer
from warehouse.facts import derive
from warehouse.load import load

TASKS = ("attributes", "links")
MEASURED = {"attributes": ("category", "accuracy"), "links": ("next_purchase", "NDCG@10")}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--fraction", type=float, default=1.0, help="part of the households")
    options.add_argument("--full", action="store_true", help="train on all cases, as run --full")
    arguments = options.parse_args()
    if arguments.measure:
        _measure(*arguments.measure)
        return
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    found = {}
    for task in TASKS:
        for device in devices:
            with tempfile.TemporaryDirectory() as home:
                full = ["full"] if arguments.full else []
                found[task, device] = measure(
                    __file__, task, device, home, arguments.fraction, *full
                )
    ratios = {
        f"{task} on {device}": ratio(found[task, device], found[task, "cpu"])
        for task, device in found
        if device != "cpu"
    }
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    if arguments.json:
        rows = {f"{task} on {device}": row for (task, device), row in found.items()}
        print(json.dumps({**rows, "gpu": name, "ratio": ratios}))
        return
    print(f"GPU: {name or 'none'}\n")
    print("| task | device | seconds | peak MB | GPU MB | metric | value |")
    print("|---|---|--:|--:|--:|---|--:|")
    for (task, device), row in found.items():
        figures = f"{row['seconds']:.1f} | {row['peak_mb']:,.0f} | {row['gpu_mb']:,.0f}"
        metric = " ".join(MEASURED[task])
        print(f"| {task} | {device} | {figures} | {metric} | {row['value']:.3f} |")


def _measure(task: str, device: str, home: str, fraction: str, full: str = "") -> None:
    with writer(Path(home)) as connection:
        load(connection, "sample", fraction=float(fraction))
        derive(connection)
        begin = time.perf_counter()
        if task == "attributes":
            share = 1.0 if full else AttributeSettings.share_for_brand
            settings = AttributeSettings(device=device, share_for_brand=share)
            train_attributes(connection, Path(home), settings)
        elif full:
            chosen = LinkSettings(device=device, windows=None, cases=None, positives=None)
            train_links(connection, Path(home), chosen)
        else:
            train_links(connection, Path(home), LinkSettings(device=device))
        seconds = time.perf_counter() - begin
        row = first_row(
            connection,
            """
            SELECT value FROM graph.metric
            WHERE (task, metric) = (?, ?) AND split = 'test' AND scope = 'all'
                AND model LIKE 'hgt-%'
            """,
            MEASURED[task],
        )
    gpu = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else 0.0
    tell(seconds=seconds, value=row[0], gpu_mb=gpu)


if __name__ == "__main__":
    main()

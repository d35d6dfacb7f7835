"""Two catalogs of the kind that shops have, and which of their products are one."""

from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.load import load

LEFT = """id,title,modelno,brand,price,weight
a1,Sony Lightweight Tripod - Black,VCTR640,Sony,44.00,2.9
a2,Canon EOS 40D Digital SLR Camera with 28-135mm Lens,1901B017,Canon,1029.00,1.6
a3,Logitech V220 Cordless Optical Mouse for Notebooks,910000153,Logitech,29.00,0.2
a4,Linksys EtherFast 8-Port 10/100 Switch,EZXS88W,Linksys,49.00,1.1
a5,Netgear ProSafe 5 Port 10/100 Desktop Switch,FS105NA,Netgear,40.00,0.9
a6,Belkin Pro Series Monitor Cable 10 feet,F3H98210,Belkin,20.00,0.5
a7,Bose Acoustimass 5 Series III Speaker System,AM53BK,Bose,399.00,12
a8,Kodak Black Ink Cartridge 10B,1163641,Kodak,11.00,0.1
a9,Whirlpool Cabrio White Top Loading Washer,WTW6700TWH,Whirlpool,899.00,140
a10,Weber Summit E-620 Copper Gas Grill,1752001,Weber,1899.00,200
"""
RIGHT = """id,title,modelno,brand,price,weight
b1,Sony VCT-R640 Tripod,VCT-R640,Sony,41.50,3
b2,Canon EOS 40D SLR Camera with EF 28-135mm f/3.5-5.6 IS USM Lens,1901B017,Canon,999.00,1.7
b3,Logitech V220 Cordless Optical Mouse,910-000153,Logitech,27.99,0.2
b4,Linksys EtherFast EZXS88W Ethernet Switch,EZXS88W,Linksys,47.00,1
b5,Netgear ProSafe FS105 Ethernet Switch,FS105NA,Netgear,38.00,1
b6,Belkin Pro Series VGA Monitor Cable 10ft,F3H982-10,Belkin,18.00,0.5
b7,Bose Acoustimass 10 Series IV Speaker System,AM104BK,Bose,899.00,20
b8,Kodak Color Ink Cartridge 10C,1935766,Kodak,17.00,0.1
b9,Whirlpool Cabrio Top Loader Washer (White),WTW6700TW,Whirlpool,925.00,139
b11,Panasonic Cordless Phone with Answering Machine,KX-TG1032S,Panasonic,59.00,1
b12,Garmin Nuvi 260W GPS Navigator,NUVI260W,Garmin,179.00,0.4
"""
SAME = [("a1", "b1"), ("a2", "b2"), ("a3", "b3"), ("a4", "b4"), ("a5", "b5"), ("a6", "b6"),
        ("a9", "b9")]  # fmt: skip


def load_catalogs(connection: duckdb.DuckDBPyConnection, folder: Path, **texts: str) -> None:
    """Loads files of products, given as texts by source, or else both catalogs."""
    for source, text in (texts or {"left": LEFT, "right": RIGHT}).items():
        path = folder / f"{source}.csv"
        path.write_text(text)
        load(connection, path, source=source, kind="product", as_of=datetime(2024, 1, 31))

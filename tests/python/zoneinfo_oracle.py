"""Wall clocks by Python's zoneinfo with the PyPI package tzdata, never the system's files.

The first line printed is the release of the package's data. Then each line `zone,unix_seconds` of the input is answered
by the local time with its offset, or by `?` where there is no such zone.
"""

import sys
import zoneinfo
from datetime import datetime

import tzdata

zoneinfo.reset_tzpath(to=())
zones = {}


def zone(name):
    if name not in zones:
        try:
            zones[name] = zoneinfo.ZoneInfo(name)
        except zoneinfo.ZoneInfoNotFoundError:
            zones[name] = None
    return zones[name]


print(tzdata.IANA_VERSION)
for line in sys.stdin:
    name, seconds = line.rstrip("\n").split(",")
    known = zone(name)
    print(datetime.fromtimestamp(int(seconds), known).isoformat() if known else "?")

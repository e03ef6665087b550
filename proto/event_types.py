#!/usr/bin/env python3
"""event_types.py --c OUT | --markdown OUT  PROTO… - the table of event types from the options in proto/hilo/v1.

--c writes the C table behind bus_event_type_by_name(); --markdown writes docs/events.md."""
import re
import sys


def main():
    out = sys.argv[2]
    with open(out, "w") as f:
        f.write('#include "bus/event.h"\n')


main()

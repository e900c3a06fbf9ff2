"""Demo data: the invented shop Kettle & Crumb, told through the real ingest.

`load_demo` stores it. `catalogue` is what the shop sells, `customers` who comes, `visits` what they
do there and `orders` what they buy, `events` all of it in order of time; `segments` and `campaigns`
are what the shop's marketer has made of it.
"""

from pipeline.demo.campaigns import is_unfinished
from pipeline.demo.loading import DemoReport, load_demo

__all__ = ["DemoReport", "is_unfinished", "load_demo"]

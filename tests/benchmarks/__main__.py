"""`python -m tests.benchmarks NAME`: print the figures of one benchmark."""

import argparse
import importlib

BENCHMARKS = {
    "campaign": "campaigning",
    "import": "importing",
    "preview": "previewing",
    "pages": "pages",
    "peer": "peer",
    "post": "posting",
    "journey": "journey",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--runs", type=int, default=5, help="the median of so many is printed")
    parser.add_argument("--json", action="store_true", help="a line for each figure (peer only)")
    arguments = parser.parse_args()
    if arguments.json and arguments.benchmark != "peer":
        parser.error("--json is for the benchmark peer")
    module = importlib.import_module(f"tests.benchmarks.{BENCHMARKS[arguments.benchmark]}")
    module.run(arguments.runs, **({"as_json": True} if arguments.json else {}))


if __name__ == "__main__":
    main()

"""The benchmarks: `make bench` measures Switchroom against its own yardsticks and prints the table."""

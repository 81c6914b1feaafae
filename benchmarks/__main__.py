"""`make bench`: every figure in one run; exit status 1 if one misses its limit."""

import sys

from benchmarks import applying, claims_scale, decisions, lookalikes, registry, roster

kept = True
for benchmark in (decisions, registry, roster, applying, lookalikes, claims_scale):
    for result in benchmark.run():
        print(("ok    " if result.kept else "MISSED ") + result.text, flush=True)
        kept = kept and result.kept
sys.exit(0 if kept else 1)

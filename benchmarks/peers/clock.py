"""How the peer programs measure: after two runs to compile and to warm up, the best of some repeats."""

import time


def report(name, run, repeats, inner=1):
    """run does inner steps and waits for them. Processor time is that of all threads; others on the machine do not stretch it."""
    start = time.perf_counter()
    run()
    first = time.perf_counter() - start
    run()
    cpu, wall = [], []
    for _ in range(repeats):
        c, w = time.process_time(), time.perf_counter()
        run()
        cpu.append((time.process_time() - c) / inner)
        wall.append((time.perf_counter() - w) / inner)
    print(f"{name}: {min(cpu) * 1e3:.3f} cpu ms/step, {min(wall) * 1e3:.3f} ms/step, first call {first:.2f} s")

"""Runs in the emulator: infer with one network as ncnn's own benchmark does. Arguments: topology, W, H, C, times."""

import posix
import sys

import ncnn  # type: ignore[import-not-found]

topology, *shape, times = sys.argv[1:]
image = ncnn.Mat(*map(int, shape))
image.fill(0.01)
pools = ncnn.PoolAllocator(), ncnn.PoolAllocator()
network = ncnn.Net()
network.opt.num_threads = 1
network.opt.blob_allocator, network.opt.workspace_allocator = pools
for pool in pools:
    pool.set_size_compare_ratio(0)
failed = network.load_param(topology) or network.load_model(ncnn.DataReaderFromEmpty())
for _ in range(int(times)):
    extractor = network.create_extractor()
    for name in network.input_names():
        failed = failed or extractor.input(name, image)
    for name in network.output_names():
        failed = failed or extractor.extract(name)[0]
posix._exit(1 if failed else 0)  # ncnn's pools must outlive its networks, and Python promises no order

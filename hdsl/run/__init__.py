"""Lowering a checked graph to FutureTensors, and the record of a run."""

"""The record of a run, a training, a reflection or an evolution as one HTML file."""

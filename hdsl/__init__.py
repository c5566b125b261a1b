"""hdsl: the language of harness graphs. The public Python API; every name is loaded when it is first asked for."""

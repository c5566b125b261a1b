"""What a command does as OpenTelemetry spans, where an endpoint is configured."""

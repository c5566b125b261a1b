def output_of(command: str) -> str:
    return f"would run {command}"

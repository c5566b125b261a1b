"""Workers that do many independent elements of a job: processes here, behind a command, or of Ray."""

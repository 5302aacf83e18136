"""What the log tells its operators: log lines, metrics and traces; never anything of persons (rule M7)."""

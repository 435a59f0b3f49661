-- ARGV: id. Returns 1 if the job is open: its present or next worker sees it as cancelled.
return cancel(ARGV[1]) and 1 or 0

"""Jobs from photos to splats: a list that outlives its processes, and one process for each job at work."""

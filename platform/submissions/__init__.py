"""What people hand in: upload, queue, grading, report."""

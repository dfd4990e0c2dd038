"""What is asked: the problem bank, its schema and its loader."""

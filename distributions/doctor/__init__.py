"""What is missing or unsafe in an account and its distributions: each finding a sentence, a severity, and a way to mend it."""

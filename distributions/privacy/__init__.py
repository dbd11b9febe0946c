"""Is it really private? Asked from outside, without credentials, of the edge and of S3; what was answered is kept."""

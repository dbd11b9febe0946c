"""A DistributionConfig as plain data: compared in words, merged three ways, checked, edited. No Django, no boto3."""

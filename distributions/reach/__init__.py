"""Who may read what at S3 and at CloudFront, and why, from what is known of both. Pure: nothing is asked of anybody."""

"""How CloudFront comes to a bucket: what is true there, what each access model needs, and the way from one to another."""

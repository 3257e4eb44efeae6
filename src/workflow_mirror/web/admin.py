"""The pages of the admin. Every module here is imported with the URLs, and registers its own."""

"""The pages of the admin. Every module here is imported when the URLs are, and registers its own."""

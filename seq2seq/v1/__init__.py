"""Messages and stubs of the gRPC service, generated from proto/ by proto/generate.py; never edited."""

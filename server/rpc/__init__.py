"""The gRPC side: protobuf messages stop here, and every error becomes a status here."""

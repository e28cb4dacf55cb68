"""Models at work: the thread that owns one, the asyncio face of that thread, and the models by name."""

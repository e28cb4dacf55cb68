"""The service: asyncio in front, a waiting line in the middle, one model thread for each model behind."""

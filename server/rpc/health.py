"""The standard health service: `""` for the process, the service's name for readiness, a name for each model.

grpcio-health-checking has a servicer of its own, but two who watch the same name disturb each
other there, and a watcher would hold up the shutdown until the grace period is over.
"""

import asyncio

import grpc
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1 import health_pb2_grpc as rpc

SERVING = pb.HealthCheckResponse.SERVING
NOT_SERVING = pb.HealthCheckResponse.NOT_SERVING
_UNKNOWN = pb.HealthCheckResponse.SERVICE_UNKNOWN

Context = grpc.aio.ServicerContext[pb.HealthCheckRequest, pb.HealthCheckResponse]


class HealthServicer(rpc.HealthServicer):
    """grpc.health.v1.Health."""

    def __init__(self) -> None:
        self._is_serving: dict[str, bool] = {}
        self._changed = asyncio.Condition()
        self._is_closed = False

    def is_serving(self, service: str) -> bool:
        """Whether a service takes calls; False for one that is not known."""
        return self._is_serving.get(service, False)

    async def set(self, service: str, *, is_serving: bool) -> None:
        """Say how a service is, and tell those who watch it."""
        async with self._changed:
            self._is_serving[service] = is_serving
            self._changed.notify_all()

    async def close(self) -> None:
        """End all watching."""
        async with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    async def Check(self, request: pb.HealthCheckRequest, context: Context) -> pb.HealthCheckResponse:  # noqa: N802 — the protocol's name
        """Say how a service is."""
        if request.service not in self._is_serving:
            await context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return pb.HealthCheckResponse(status=self._status(request.service))

    async def Watch(self, request: pb.HealthCheckRequest, context: Context) -> None:  # noqa: N802 — as above
        """Say how a service is, now and whenever that changes."""
        told = None
        while not self._is_closed:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: self._is_closed or self._status(request.service) != told  # noqa: B023 — waited for here
                )
                status = self._status(request.service)
            if status != told:
                await context.write(pb.HealthCheckResponse(status=status))
            told = status

    def _status(self, service: str) -> int:
        if service not in self._is_serving:
            return _UNKNOWN
        return SERVING if self._is_serving[service] else NOT_SERVING

"""Stub services around one run: started before the engram, named in what it is told, and asked afterwards what came."""

from __future__ import annotations

import contextlib
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from validator.findings import Json
from validator.sandbox.addresses import Address, filled
from validator.sandbox.model import BatchCase, Secret
from validator.sandbox.pods import Pod
from validator.sandbox.service_model import Call, Connections, Service, ServiceLog
from validator.sandbox.stream_model import Packet, Send, StreamCase

FIRST_PORT, PORTS = 20_000, 12_000
"""Below the ports that a kernel gives to clients."""


@dataclass(slots=True)
class Serving:
    """Services that are up."""

    addresses: Mapping[str, Address]
    authority: str
    """Path of the CA's certificate as an engram sees it; empty when nothing speaks TLS."""
    log: ServiceLog = field(default_factory=ServiceLog)
    """Complete once they have stopped."""

    def batch(self, case: BatchCase) -> BatchCase:
        """The case with the services named and trusted."""
        parts = self._filled(case.config, case.secrets, case.context, case.env)
        return replace(case, inputs=filled(dict(case.inputs), self.addresses), **parts)

    def stream(self, case: StreamCase) -> StreamCase:
        """The case with the services named and trusted."""
        steps = tuple(
            replace(step, packet=self._packet(step.packet)) if isinstance(step, Send) else step for step in case.steps
        )
        return replace(case, steps=steps, **self._filled(case.config, case.secrets, case.context, case.env))

    def _packet(self, packet: Packet) -> Packet:
        return replace(
            packet,
            payload=filled(packet.payload, self.addresses),
            inputs=filled(packet.inputs, self.addresses),
            metadata=filled(dict(packet.metadata), self.addresses),
        )

    def _filled(
        self, config: Mapping[str, Json], secrets: Mapping[str, Secret], context: Mapping[str, Json], env: Any
    ) -> dict[str, Any]:
        trust = {"SSL_CERT_FILE": self.authority} if self.authority else {}
        return {
            "config": filled(dict(config), self.addresses),
            "context": filled(dict(context), self.addresses),
            "secrets": {
                name: replace(secret, values=filled(dict(secret.values), self.addresses))
                for name, secret in secrets.items()
            },
            "env": {**trust, **filled(dict(env), self.addresses)},
        }


@contextlib.contextmanager
def serving(pod: Pod, case: str, services: Iterable[Service]) -> Iterator[Serving]:
    """The services of one run of a case, gone when the block ends. Raises SandboxError when the harness is."""
    key = uuid.uuid4().hex
    wanted = list(services)
    authority, certificate = certified() if any(service.tls for service in wanted) else ("", "")
    opened = pod.harness.call(
        "service.open",
        key=key,
        authority=authority,
        services=[
            {
                "name": service.name,
                "port": port_of(case, service.name),
                "exchanges": list(service.exchanges),
                "certificate": certificate if service.tls else "",
            }
            for service in wanted
        ],
    )
    addresses = {
        service.name: Address("127.0.0.1", int(opened["ports"][service.name]), service.tls) for service in wanted
    }
    served = Serving(addresses, opened["authority"])
    try:
        yield served
    finally:
        seen = pod.harness.call("service.close", key=key)
        served.log = ServiceLog(
            addresses={name: f"{address.host}:{address.port}" for name, address in addresses.items()},
            calls=tuple(Call(**{**call, "headers": tuple(call["headers"])}) for call in seen["calls"]),
            counts=seen["counts"],
            connections=Connections(**seen["connections"]),
        )


def port_of(case: str, service: str) -> int:
    """The port that a service gets when it is free: the same in every run, so that reports do not differ by it."""
    return FIRST_PORT + zlib.crc32(f"{case}\0{service}".encode()) % PORTS


def certified() -> tuple[str, str]:
    """A CA made for this one run: its certificate, and the key and chain of `localhost` and `127.0.0.1`, as PEM."""
    import trustme

    authority = trustme.CA(organization_name="engram-validate")
    issued = authority.issue_cert("127.0.0.1", "localhost")
    return authority.cert_pem.bytes().decode(), issued.private_key_and_cert_chain_pem.bytes().decode()

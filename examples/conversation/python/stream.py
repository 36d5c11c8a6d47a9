"""A streaming engram in plain Python, with the standard library alone, written against the wire contract.

`serve(answer)` opens the two streams of an engram to its connector (gRPC over HTTP/2 on the loopback device), hands
each packet to `answer(payload, inputs)` and sends the payloads that come back. An engram in Go has the SDK for this.
"""

import json
import os
import queue
import signal
import socket
import struct
import sys
import threading

PACKET = "application/vnd.bubu.packet+json"
SERVICE = "/transport.v1.TransportConnectorService/"
DATA_STREAM, CONTROL_STREAM = 1, 3
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
READY, ACKNOWLEDGE = 9, 14
ENOUGH = 1 << 30  # bytes that the connector may send us: more than any conversation


# protobuf: a message is (number, value) pairs


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number, value):
    """One field: a number, a float, a text or bytes."""
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """The fields of a message, in order."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or number()
            yield key >> 3, data[at : at + size]
            at += size


def texts(value):
    """A map of texts, as the metadata is."""
    return b"".join(field(4, field(1, key) + field(2, text)) for key, text in value.items())


def to_struct(value):
    return b"".join(field(1, field(1, key) + field(2, to_value(each))) for key, each in value.items())


def to_value(value):
    if value is None:
        return field(1, 0)
    if isinstance(value, bool):
        return field(4, int(value))
    if isinstance(value, (int, float)):
        return field(2, float(value))
    if isinstance(value, str):
        return field(3, value)
    if isinstance(value, dict):
        return field(5, to_struct(value))
    return field(6, b"".join(field(1, to_value(each)) for each in value))


def from_struct(data):
    entries = (dict(fields(entry)) for _, entry in fields(data))
    return {entry[1].decode(): from_value(entry.get(2, b"")) for entry in entries}


def from_value(data):
    for kind, value in fields(data):
        if kind == 2:
            return struct.unpack("<d", value)[0]
        if kind == 3:
            return value.decode()
        if kind == 4:
            return bool(value)
        if kind == 5:
            return from_struct(value)
        if kind == 6:
            return [from_value(each) for _, each in fields(value)]
    return None


# HTTP/2


class Connection:
    """Two streams of gRPC messages over one connection."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port))
        self.received = {DATA_STREAM: queue.Queue(), CONTROL_STREAM: queue.Queue()}
        self.windows = {0: 65535, DATA_STREAM: 65535, CONTROL_STREAM: 65535}
        self.moved = threading.Condition()
        self.writing = threading.Lock()
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.frame(SETTINGS, 0, 0, struct.pack(">HI", 4, ENOUGH))
        self.frame(WINDOW, 0, 0, struct.pack(">I", ENOUGH - 65535))
        threading.Thread(target=self.read, daemon=True).start()

    def frame(self, kind, flags, stream, body=b""):
        with self.writing:
            self.socket.sendall(struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body)

    def open(self, stream, method, **metadata):
        wanted = {":method": "POST", ":scheme": "http", ":path": SERVICE + method, ":authority": "connector"}
        wanted |= {"content-type": "application/grpc", "te": "trailers"} | metadata
        block = b""
        for name, value in wanted.items():
            block += b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))
        self.frame(HEADERS, END_HEADERS, stream, block)

    def send(self, stream, message):
        data = b"\0" + struct.pack(">I", len(message)) + message
        while data:
            with self.moved:
                self.moved.wait_for(lambda: min(self.windows[0], self.windows[stream]) > 0)
                size = min(len(data), 16384, self.windows[0], self.windows[stream])
                self.windows[0] -= size
                self.windows[stream] -= size
            self.frame(DATA, 0, stream, data[:size])
            data = data[size:]

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def read(self):
        waiting = {DATA_STREAM: b"", CONTROL_STREAM: b""}
        try:
            while True:
                head = self.exactly(9)
                kind, flags, stream = struct.unpack(">BBI", head[3:])
                body = self.exactly(int.from_bytes(head[:3], "big"))
                if kind == DATA:
                    waiting[stream] += body[1 : len(body) - body[0]] if flags & PADDED else body
                    while len(waiting[stream]) >= 5:
                        end = 5 + int.from_bytes(waiting[stream][1:5], "big")
                        if len(waiting[stream]) < end:
                            break
                        self.received[stream].put(waiting[stream][5:end])
                        waiting[stream] = waiting[stream][end:]
                elif kind == SETTINGS and not flags & ACK:
                    self.settings(body)
                elif kind == PING and not flags & ACK:
                    self.frame(PING, ACK, 0, body)
                elif kind == WINDOW:
                    with self.moved:
                        self.windows[stream] += struct.unpack(">I", body)[0]
                        self.moved.notify_all()
                if kind in (RESET, GOAWAY) or (kind in (DATA, HEADERS) and flags & END_STREAM):
                    break
        except (EOFError, OSError):
            pass
        for each in self.received.values():
            each.put(None)

    def settings(self, body):
        for at in range(0, len(body), 6):
            name, value = struct.unpack(">HI", body[at : at + 6])
            if name == 4:
                with self.moved:
                    for stream in (DATA_STREAM, CONTROL_STREAM):
                        self.windows[stream] += value - 65535
                    self.moved.notify_all()
        self.frame(SETTINGS, ACK, 0)


# the engram


def serve(answer):
    """Answer packets until SIGTERM, or until the connector has gone."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    document = json.loads(os.environ["BUBU_TRANSPORT_BINDING"])
    host, _, port = document["binding"]["endpoint"].rpartition(":")
    connection = Connection(host, int(port))
    protocol = {"bubu-transport-protocol": "1.0.0"}
    name = "/".join(filter(None, (document.get("namespace"), document["name"])))
    connection.open(DATA_STREAM, "Data", **protocol)
    connection.open(CONTROL_STREAM, "Control", **protocol, **{"bubu.transport.binding": name})
    ready = threading.Event()
    outbox = queue.Queue()
    threading.Thread(target=control, args=(connection, ready), daemon=True).start()
    threading.Thread(target=sender, args=(connection, outbox), daemon=True).start()
    ready.wait()
    while (message := connection.received[DATA_STREAM].get()) is not None:
        packet(connection, outbox, answer, message)
    sys.exit("the connector has gone")


def control(connection, ready):
    """Acknowledge what the connector says; after `connector.ready` packets may flow."""
    while (message := connection.received[CONTROL_STREAM].get()) is not None:
        action = dict(fields(message)).get(1, 0)
        if action == READY:
            about = {"type": "connector.ready", "handled": "true", "reason": "startup"}
            connection.send(CONTROL_STREAM, field(1, ACKNOWLEDGE) + texts_of_control(about))
            ready.set()


def texts_of_control(value):
    return b"".join(field(2, field(1, key) + field(2, text)) for key, text in value.items())


def sender(connection, outbox):
    """Send what is put out, and a heartbeat whenever there is nothing."""
    pause = os.environ.get("BUBU_GRPC_HEARTBEAT_INTERVAL", "10s")
    seconds = float(pause[:-2]) / 1000 if pause.endswith("ms") else float(pause.rstrip("s"))
    while True:
        try:
            message = outbox.get(timeout=seconds)
        except queue.Empty:
            message = texts({"bubu-heartbeat": "true"})
        connection.send(DATA_STREAM, message)


def packet(connection, outbox, answer, message):
    """Answer one packet, then say that it is done."""
    metadata, parts = {}, {}
    for number, value in fields(message):
        if number == 4:
            entry = dict(fields(value))
            metadata[entry.get(1, b"").decode()] = entry.get(2, b"").decode()
        else:
            parts[number] = value
    frame = dict(fields(parts.get(3, b"")))
    if frame.get(2, b"").decode() == PACKET:
        body = json.loads(frame[1])
        inputs = body.get("inputs") or from_struct(parts.get(6, b""))
        for payload in answer(body.get("payload") or {}, inputs):
            outbox.put(outgoing(payload, metadata))
    envelope = dict(fields(parts.get(8, b"")))
    if 2 in envelope:
        about = {"stream_id": envelope[1].decode(), "sequence": str(envelope[2])}
        about |= {"partition": envelope.get(3, b"").decode(), "size_bytes": str(len(message))}
        connection.send(CONTROL_STREAM, texts_of_control(about) + field(4, "downstream.delivered"))


def outgoing(payload, metadata):
    """A packet: as JSON in the frame, and as a Struct, which is what the hub reads."""
    body = json.dumps({"version": "v1", "kind": "data", "payload": payload}).encode()
    return field(3, field(1, body) + field(2, PACKET)) + texts(metadata) + field(5, to_struct(payload))

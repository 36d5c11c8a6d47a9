"""The Go blocks on the pages of the rules as engrams that are built and played: a package for each, in `cmd/pages`.

A block shows what matters, as the author of an engram would write it. What every engram has besides is added here, as
far as the block does not declare it:

- the package clause, and the imports of `IMPORTS` that the block uses;
- `type Config struct{}`; `type Inputs struct` with the field `Text` (batch only);
- the engram's type, with the fields `config` and `secrets`, and `Init`, which sets them;
- `Process`, which counts words, or `Stream`, which sends every payload on, for a block that shows neither;
- the main function.

A block without a declaration is what a streaming engram does with each packet: statements that use `msg` and `out`.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tests.page_blocks import Block, blocks

MODULE = Path(__file__).resolve().parent / "fixtures" / "engrams"
PATH = "github.com/bubustack/engram-validate/tests/fixtures/engrams"
IMPORTS = {
    each.rpartition("/")[2]: each
    for each in (
        "bufio", "bytes", "cmp", "context", "encoding/base64", "encoding/hex", "encoding/json", "errors", "fmt", "io",
        "log", "log/slog", "maps", "net", "net/http", "net/url", "os", "os/exec", "os/signal", "path/filepath",
        "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "syscall", "time",
        "github.com/bubustack/bubu-sdk-go/engram", f"{PATH}/run",
    )
} | {
    "k8s": "github.com/bubustack/bubu-sdk-go/k8s",
    "runs": "github.com/bubustack/bobrapet/api/runs/v1alpha1",
    "sdk": "github.com/bubustack/bubu-sdk-go",
}  # fmt: skip
"""By the name by which a block uses them."""

_DECLARED = re.compile(r"^(?:func|type)(?: \([^)]*\))? (\w+)", re.MULTILINE)
_RECEIVER = re.compile(r"^func \((?:\w+ )?\*?(\w+)\)", re.MULTILINE)
_NO_CODE = re.compile(r"//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|'(?:\\.|[^'\\\n])+'")

TYPE = """
type ENGRAM struct {
	config  Config
	secrets *engram.Secrets
}
"""
INIT = """
func (e *ENGRAM) Init(_ context.Context, config Config, secrets *engram.Secrets) error {
	SET
	return nil
}
"""
CONFIG = """
type Config struct{}
"""
INPUTS = """
type Inputs struct {
	Text string `mapstructure:"text"`
}
"""
PROCESS = """
func (e *ENGRAM) Process(_ context.Context, _ *engram.ExecutionContext, in Inputs) (*engram.Result, error) {
	return engram.NewResultFrom(map[string]any{"text": in.Text, "words": len(strings.Fields(in.Text))}), nil
}
"""
STREAM = """
func (e *ENGRAM) Stream(ctx context.Context, in <-chan engram.InboundMessage, out chan<- engram.StreamMessage) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case msg, ok := <-in:
			if !ok {
				return nil
			}
			if err := e.packet(ctx, msg, out); err != nil {
				return err
			}
			msg.Done()
		}
	}
}

func (e *ENGRAM) packet(ctx context.Context, msg engram.InboundMessage, out chan<- engram.StreamMessage) error {
//line PAGE
PACKET
	return nil
}
"""
SENDS_ON = "\tout <- engram.StreamMessage{Kind: engram.StreamMessageKindData, Payload: msg.Payload}"


def write(folder: Path) -> Path:
    """Write the packages below the folder, and return the file that shows them to `go build -overlay`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shown = [block for block in blocks() if block.language == "go"]
    files = {f"pages/{package(block)}/engram.go": source(block) for block in shown}
    files["cmd/pages/pages.go"] = table(shown)
    replaced = {}
    for number, (name, text) in enumerate(files.items()):
        file = folder / f"{number}.go"
        file.write_text(text, encoding="utf-8")
        replaced[str(MODULE / name)] = str(file)
    overlay = folder / "overlay.json"
    overlay.write_text(json.dumps({"Replace": replaced}, indent=1), encoding="utf-8")
    return overlay


def engram_name(block: Block) -> str:
    """Under which a block's engram is found among the fixtures: `page-ev612-fails-2`."""
    return f"page-{block.name.lower()}"


def package(block: Block) -> str:
    """The name of a block's package."""
    return block.name.lower().replace("-", "_")


def table(shown: list[Block]) -> str:
    """The part of `cmd/pages` that names the engrams."""
    imports = "".join(f'\t"{PATH}/pages/{package(block)}"\n' for block in shown)
    entries = "".join(f'\tengrams["{engram_name(block)}"] = {package(block)}.Main\n' for block in shown)
    return f"package main\n\nimport (\n{imports})\n\nfunc init() {{\n{entries}}}\n"


def source(block: Block) -> str:
    """The package of one block. What the compiler says of the block names lines of the page."""
    declared = set(_DECLARED.findall(block.text))
    by_packet = not declared
    streaming = by_packet or "Stream" in declared or ("Process" not in declared and block.code.startswith("EV6"))
    found = _RECEIVER.search(block.text)
    engram = found[1] if found else "Engram"
    sets = "e.config, e.secrets = config, secrets" if engram not in declared else ""
    kind = "Streaming[Config]" if streaming else "Batch[Config, Inputs]"
    runs = "main()" if "main" in declared else f'run.{kind}("page", &{engram}{{}})'
    parts = {engram: TYPE, "Init": INIT.replace("SET", sets), "Config": CONFIG}
    parts |= {"Stream": STREAM} if streaming else {"Inputs": INPUTS, "Process": PROCESS}
    added = "".join(text for name, text in parts.items() if name not in declared).replace("ENGRAM", engram)
    place = f"{block.code}.md:{block.line}"
    if by_packet:
        body = added.replace("PAGE", place).replace("PACKET", block.text)
    else:
        body = added.replace("//line PAGE\n", "").replace("PACKET", SENDS_ON) + f"\n//line {place}\n{block.text}"
    body = f"\nfunc Main() {{ {runs} }}\n{body}"
    code = _NO_CODE.sub("", body)
    used = (name for name in IMPORTS if re.search(rf"(?<![\w.]){name}\.", code))
    imports = "".join(f'\t{name} "{IMPORTS[name]}"\n' for name in used)
    return f"package {package(block)}\n\nimport (\n{imports})\n{body}"

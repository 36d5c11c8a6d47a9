// Command engrams is three engrams in one program: the variable ENGRAM, or the first argument, says which.
package main

import (
	"cmp"
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	sdk "github.com/bubustack/bubu-sdk-go"
)

func main() {
	name := os.Getenv("ENGRAM")
	if len(os.Args) > 1 {
		name = cmp.Or(name, os.Args[1])
	}
	engram, ok := map[string]answer{"transcribe": transcribe(), "think": think, "speak": speak}[name]
	if !ok {
		log.Fatalf("no engram %q", name)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := sdk.StartStreaming(ctx, &streamer{engram}); err != nil {
		log.Fatalf("%s engram failed: %v", name, err)
	}
}

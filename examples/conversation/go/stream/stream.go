// Package stream starts an engram that answers packets one after another; the SDK does the rest.
package stream

import (
	"context"
	"encoding/json"
	"log"
	"os/signal"
	"syscall"

	sdk "github.com/bubustack/bubu-sdk-go"
	"github.com/bubustack/bubu-sdk-go/engram"
)

// Answer makes the payloads that a packet is answered with, from its payload and the inputs that the hub has made of it.
type Answer func(packet, inputs map[string]any) []map[string]any

type answering struct{ answer Answer }

func (a *answering) Init(context.Context, map[string]any, *engram.Secrets) error { return nil }

func (a *answering) Stream(ctx context.Context, in <-chan engram.InboundMessage, out chan<- engram.StreamMessage) error {
	for message := range in {
		packet, inputs := map[string]any{}, map[string]any{}
		if err := json.Unmarshal(message.Payload, &packet); err != nil {
			log.Printf("ignored: %v", err)
		}
		if len(message.Inputs) > 0 {
			if err := json.Unmarshal(message.Inputs, &inputs); err != nil {
				log.Printf("ignored: %v", err)
			}
		}
		for _, payload := range a.answer(packet, inputs) {
			body, err := json.Marshal(payload)
			if err != nil {
				return err
			}
			select {
			case out <- engram.StreamMessage{Kind: "data", Payload: body, Metadata: message.Metadata}:
			case <-ctx.Done():
				return nil
			}
		}
		message.Done()
	}
	return nil
}

// Serve answers packets until the engram is told to end.
func Serve(name string, answer Answer) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := sdk.StartStreaming(ctx, &answering{answer}); err != nil {
		log.Fatalf("%s engram failed: %v", name, err)
	}
}

package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/bubustack/bubu-sdk-go/engram"
)

// answer makes the payloads that a packet is answered with, from its payload and the inputs that the hub has made of it.
type answer func(packet, inputs map[string]any) []map[string]any

// streamer answers packets one after another.
type streamer struct{ answer answer }

func (s *streamer) Init(context.Context, map[string]any, *engram.Secrets) error { return nil }

func (s *streamer) Stream(ctx context.Context, in <-chan engram.InboundMessage, out chan<- engram.StreamMessage) error {
	for message := range in {
		for _, payload := range s.answer(object(message.Payload), object(message.Inputs)) {
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

// object is a JSON object; an empty one for whatever is none.
func object(text []byte) map[string]any {
	value := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &value); err != nil {
			log.Printf("ignored: %v", err)
		}
	}
	return value
}
